package extension JSONValue {
    /// RFC 7396: members of an object are merged one by one, `null` removes, anything else replaces.
    func mergePatched(with patch: JSONValue) -> JSONValue {
        guard case .object(let patch) = patch else { return patch }
        var result = objectValue ?? JSONObject()
        // Removals in one pass: one by one they would take the square of the number of members.
        if !result.isEmpty, patch.contains(where: { $0.value.isNull }) {
            result.removeAll { patch[$0.key]?.isNull == true }
        }
        for (key, value) in patch where !value.isNull {
            result[key] = (result[key] ?? .null).mergePatched(with: value)
        }
        return .object(result)
    }
}

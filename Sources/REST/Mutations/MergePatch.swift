package import JSON

/// PATCH: what is writable of a resource, merged with the body (RFC 7396) and held to the rules of a creation.
package enum MergePatch {
    /// - Parameters:
    ///   - writable: the current representation, without what only the server writes.
    ///   - fixed: fields that stay as they were made.
    /// - Throws: 422 with every violated rule.
    package static func merged(
        _ writable: JSONValue, with patch: JSONValue, schema: Schema, fixed: [String]
    ) throws -> JSONValue {
        let merged = writable.mergePatched(with: patch)
        var errors = fixed.compactMap { field in
            merged[field] == writable[field] ? nil : FieldError("/\(field)", "cannot be changed")
        }
        let known = Set(errors.map(\.pointer))
        errors += schema.violations(in: merged).filter { !known.contains($0.pointer) }
        guard errors.isEmpty else { throw Problem.invalid(errors) }
        return merged
    }
}

import JSON

/// A value that comes in pieces, as OpenAI's deltas are: strings are appended, objects and lists are filled member by
/// member, and of everything else the last one holds.
final class StreamedPart {
    private var text = ""
    private var members: [(key: String, part: StreamedPart)] = []
    private var items: [(index: Int, part: StreamedPart)] = []
    private var scalar: JSONValue = .null
    private var kind = JSONKind.null

    /// These come whole, and with some providers again and again.
    private static let whole: Set<String> = ["role", "id", "type"]
    /// More than any answer has; what goes beyond is left out.
    private static let membersMax = 64
    private static let itemsMax = 1_024

    init() {}

    func add(_ piece: JSONValue, isWhole: Bool = false) {
        switch piece {
        case .null: return
        case .string(let string):
            if isWhole { text = string } else { text += string }
        case .object(let object):
            for (key, value) in object {
                part(key)?.add(value, isWhole: Self.whole.contains(key))
            }
        case .array(let values):
            for value in values { item(for: value)?.add(value) }
        default: scalar = piece
        }
        kind = piece.kind
    }

    private func part(_ key: String) -> StreamedPart? {
        if let known = members.first(where: { $0.key == key }) { return known.part }
        guard members.count < Self.membersMax else { return nil }
        let part = StreamedPart()
        members.append((key, part))
        return part
    }

    /// One without a number goes on with the last, where that is of its type: a text that comes in parts.
    private func item(for value: JSONValue) -> StreamedPart? {
        if let index = value["index"]?.intValue { return item(index) }
        if let last = items.last, let type = value["type"]?.stringValue, last.part.type == type { return last.part }
        return item((items.map(\.index).max() ?? -1) + 1)
    }

    private var type: String? { members.first { $0.key == "type" }?.part.text }

    private func item(_ index: Int) -> StreamedPart? {
        if let known = items.first(where: { $0.index == index }) { return known.part }
        guard items.count < Self.itemsMax else { return nil }
        let part = StreamedPart()
        items.append((index, part))
        return part
    }

    /// - Parameter ending: what becomes of a string that was put together.
    func value(_ ending: (String) -> String) -> JSONValue {
        switch kind {
        case .string: return .string(ending(text))
        case .object:
            return .object(
                JSONObject(
                    members.map { key, part in
                        (key: key, value: Self.whole.contains(key) ? part.value { $0 } : part.value(ending))
                    }))
        case .array: return .array(items.sorted { $0.index < $1.index }.map { $0.part.value(ending) })
        default: return scalar
        }
    }
}

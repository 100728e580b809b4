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
    /// More than any answer has; a list that names its items higher is not followed.
    private static let itemsMax = 1_024

    init() {}

    func add(_ piece: JSONValue, isWhole: Bool = false) {
        switch piece {
        case .null: return
        case .string(let string):
            if isWhole { text = string } else { text += string }
        case .object(let object):
            for (key, value) in object {
                part(key).add(value, isWhole: Self.whole.contains(key))
            }
        case .array(let values):
            for value in values { item(value["index"]?.intValue ?? items.count)?.add(value) }
        default: scalar = piece
        }
        kind = piece.kind
    }

    private func part(_ key: String) -> StreamedPart {
        if let known = members.first(where: { $0.key == key }) { return known.part }
        let part = StreamedPart()
        members.append((key, part))
        return part
    }

    private func item(_ index: Int) -> StreamedPart? {
        if let known = items.first(where: { $0.index == index }) { return known.part }
        guard items.count < Self.itemsMax else { return nil }
        let part = StreamedPart()
        items.append((index, part))
        return part
    }

    /// - Parameter tail: bytes at the end of each string that was put together, which are left out.
    func value(withoutTail tail: Int) -> JSONValue {
        switch kind {
        case .string:
            return .string(tail == 0 ? text : String(decoding: text.utf8.dropLast(tail), as: UTF8.self))
        case .object:
            return .object(
                JSONObject(
                    members.map { key, part in
                        (key: key, value: part.value(withoutTail: Self.whole.contains(key) ? 0 : tail))
                    }))
        case .array:
            return .array(items.sorted { $0.index < $1.index }.map { $0.part.value(withoutTail: tail) })
        default: return scalar
        }
    }
}

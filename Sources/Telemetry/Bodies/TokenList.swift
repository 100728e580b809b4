import JSON

/// What says a text again token by token (`logprobs` of OpenAI's answers): what is sensitive stands there in shreds
/// that nobody would recognise, so it is not kept.
enum TokenList {
    private static let key = "logprobs"
    private static let quoted = Array("\"logprobs\"".utf8)

    /// The body without them; nil when there are none.
    static func removed(from body: [UInt8]) -> [UInt8]? {
        guard let found = place(in: body) else { return nil }
        // Of half a document only what stands before them is kept.
        guard let value = try? JSONValue(parsing: body) else { return Array(body[..<found]) }
        return value.without(key).encoded()
    }

    private static func place(in body: [UInt8]) -> Int? {
        var index = body.startIndex
        while let quote = body[index...].firstIndex(of: UInt8(ascii: "\"")) {
            if body[quote...].starts(with: quoted) { return quote }
            index = quote + 1
        }
        return nil
    }
}

extension JSONValue {
    /// Without the members of that name that hold more than a flag or a number, which is how they are asked for.
    fileprivate func without(_ key: String) -> JSONValue {
        switch self {
        case .object(let members):
            var kept = JSONObject()
            for (name, value) in members where name != key || value.isScalar { kept[name] = value.without(key) }
            return .object(kept)
        case .array(let items): return .array(items.map { $0.without(key) })
        default: return self
        }
    }

    private var isScalar: Bool { objectValue == nil && arrayValue == nil }
}

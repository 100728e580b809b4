import JSON

/// JSON values and spellings of them, from a seeded generator.
struct RandomJSON {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state >> 11) % UInt64(bound))
    }

    private static let pieces = [
        "a", "model", "é", "日本", "😀", "\"", "\\", "\n", "\u{1}", "/", " ", "~", "e\u{301}",
        "plain words that are longer",
    ]

    mutating func string() -> String {
        (0..<below(6)).map { _ in Self.pieces[below(Self.pieces.count)] }.joined()
    }

    mutating func value(depth: Int = 0) -> JSONValue {
        switch below(depth > 3 ? 6 : 8) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(below(1 << 40)) - (1 << 39))
        case 3: return .number(Double(below(1 << 40)) * 0x1p-20 - 1000.3)
        case 4, 5: return .string(string())
        case 6: return .array((0..<below(5)).map { _ in value(depth: depth + 1) })
        default: return .object(object(depth: depth + 1))
        }
    }

    mutating func object(depth: Int = 0) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<below(7) { object["\(string())\(below(50))"] = value(depth: depth) }
        return object
    }

    mutating func space() -> String {
        ["", "", "", " ", "\n\t", "  \r\n"][below(6)]
    }

    /// A spelling of the object with random whitespace and, at times, escaped keys.
    mutating func spelling(of object: JSONObject) -> [UInt8] {
        var text = space() + "{" + space()
        for (index, (key, value)) in object.enumerated() {
            if index > 0 { text += space() + "," + space() }
            text += spelling(ofKey: key) + space() + ":" + space() + value.text
        }
        return Array((text + space() + "}" + space()).utf8)
    }

    private mutating func spelling(ofKey key: String) -> String {
        guard below(3) == 0, let first = key.unicodeScalars.first, first.value < 0x10000 else {
            return JSONValue.string(key).text
        }
        let digits = String(first.value, radix: 16)
        var rest = key
        rest.unicodeScalars.removeFirst()
        let escape = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        // By scalars: a combining mark at the start of the rest would take the quote with it.
        return "\"" + escape + String(JSONValue.string(rest).text.unicodeScalars.dropFirst())
    }
}

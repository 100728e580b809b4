package extension FieldScan.Field {
    /// The text of a string, escapes decoded; for any other kind its JSON as written.
    func string(in bytes: [UInt8]) -> String {
        guard kind == .string else { return String(decoding: bytes[value], as: UTF8.self) }
        let inner = value.lowerBound + 1..<value.upperBound - 1
        let escaped = bytes[inner].contains(.backslash)
        let text = try? bytes.walking { walker throws(JSONError) in try walker.text(inner, escaped: escaped) }
        // It was checked when it was scanned, so it decodes; other bytes than those scanned give what they hold.
        return text ?? String(decoding: bytes[inner], as: UTF8.self)
    }

    /// nil when the field is no boolean.
    func bool(in bytes: [UInt8]) -> Bool? {
        kind == .bool ? bytes[value.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// nil when the field is no number written as an integer that Int64 holds.
    func integer(in bytes: [UInt8]) -> Int64? {
        guard kind == .number else { return nil }
        guard bytes[value].allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: "-") }) else { return nil }
        return try? bytes.walking { walker throws(JSONError) in walker.integer(value) }
    }

    /// nil when the field is no number, or one too large.
    func double(in bytes: [UInt8]) -> Double? {
        guard kind == .number else { return nil }
        return try? bytes.walking { walker throws(JSONError) in try walker.double(value) }
    }

    /// Whether a string field has exactly this text. Compares in place unless the string holds escapes.
    func string(in bytes: [UInt8], equals text: StaticString) -> Bool {
        guard kind == .string else { return false }
        let inner = value.lowerBound + 1..<value.upperBound - 1
        return text.withUTF8Buffer { text in
            if bytes[inner].contains(.backslash) { return text.elementsEqual(string(in: bytes).utf8) }
            return bytes[inner].elementsEqual(text)
        }
    }

    /// The value as a tree, as deep as the scan allowed.
    /// - Throws: for a number that is too large, and for an object in it with a key twice unless the last is to win.
    func value(
        in bytes: [UInt8], duplicateKeys: JSONDuplicateKeys = .refused
    ) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: bytes[value], depthMax: 512, duplicateKeys: duplicateKeys)
    }
}

package extension FieldScan {
    /// The text of a string, escapes decoded; for any other kind its JSON as written.
    func string(_ field: Field, in bytes: [UInt8]) -> String {
        guard field.kind == .string else { return String(decoding: bytes[field.value], as: UTF8.self) }
        let inner = field.value.lowerBound + 1..<field.value.upperBound - 1
        let escaped = bytes[inner].contains(.backslash)
        let text = try? bytes.walking { walker throws(JSONError) in try walker.text(inner, escaped: escaped) }
        // It was checked when it was scanned, so it decodes; other bytes than those scanned give what they hold.
        return text ?? String(decoding: bytes[inner], as: UTF8.self)
    }

    /// nil when the field is no boolean.
    func bool(_ field: Field, in bytes: [UInt8]) -> Bool? {
        field.kind == .bool ? bytes[field.value.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// nil when the field is no number written as an integer that Int64 holds.
    func integer(_ field: Field, in bytes: [UInt8]) -> Int64? {
        guard field.kind == .number else { return nil }
        guard bytes[field.value].allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: "-") }) else { return nil }
        return try? bytes.walking { walker throws(JSONError) in walker.integer(field.value) }
    }

    /// nil when the field is no number, or one too large.
    func double(_ field: Field, in bytes: [UInt8]) -> Double? {
        guard field.kind == .number else { return nil }
        return try? bytes.walking { walker throws(JSONError) in try walker.double(field.value) }
    }

    /// Whether a string field has exactly this text. Compares in place unless the string holds escapes.
    func string(_ field: Field, in bytes: [UInt8], equals text: StaticString) -> Bool {
        guard field.kind == .string else { return false }
        let inner = field.value.lowerBound + 1..<field.value.upperBound - 1
        return text.withUTF8Buffer { text in
            if bytes[inner].contains(.backslash) { return text.elementsEqual(string(field, in: bytes).utf8) }
            return bytes[inner].elementsEqual(text)
        }
    }

    /// The value as a tree, as deep as the scan allowed.
    /// - Throws: for a number that is too large, and for an object in it with a key twice unless the last is to win.
    func value(
        _ field: Field, in bytes: [UInt8], duplicateKeys: JSONDuplicateKeys = .refused
    ) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: bytes[field.value], depthMax: 512, duplicateKeys: duplicateKeys)
    }
}

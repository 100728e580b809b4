package extension JSONValue {
    /// The value as JSON text. Doubles take the fewest digits that read back as the same double, whole ones without
    /// `.0`; a double that is not finite has no JSON and becomes `null`.
    func encoded(sortedKeys: Bool = false, pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(sortedKeys: sortedKeys, pretty: pretty)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    /// Appends the compact text.
    func append(to bytes: inout [UInt8]) {
        var writer = JSONWriter(sortedKeys: false, pretty: false)
        swap(&writer.bytes, &bytes)
        writer.write(self, depth: 0)
        swap(&writer.bytes, &bytes)
    }

    /// The compact text.
    var text: String { String(decoding: encoded(), as: UTF8.self) }
}

extension JSONValue: CustomStringConvertible {
    /// The compact text.
    package var description: String { text }
}

private struct JSONWriter {
    var bytes: [UInt8] = []
    let sortedKeys: Bool
    let pretty: Bool

    init(sortedKeys: Bool, pretty: Bool) {
        self.sortedKeys = sortedKeys
        self.pretty = pretty
    }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let value): write(value)
        case .string(let value): JSONText.appendEscaped(value, to: &bytes)
        case .array(let values): write(values, depth: depth)
        case .object(let object): write(object, depth: depth)
        }
    }

    private mutating func write(_ number: Double) {
        guard number.isFinite else {
            bytes.append(contentsOf: "null".utf8)
            return
        }
        let digits = number.description
        bytes.append(contentsOf: (digits.hasSuffix(".0") ? digits.dropLast(2) : digits[...]).utf8)
    }

    private mutating func write(_ values: [JSONValue], depth: Int) {
        bytes.append(.openBracket)
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(.comma) }
            breakLine(depth + 1)
            write(value, depth: depth + 1)
        }
        if !values.isEmpty { breakLine(depth) }
        bytes.append(.closeBracket)
    }

    private mutating func write(_ object: JSONObject, depth: Int) {
        bytes.append(.openBrace)
        var first = true
        let members = Array(object)
        for (key, value) in sortedKeys ? members.sorted(by: { precedes($0.key, $1.key) }) : members {
            if !first { bytes.append(.comma) }
            first = false
            breakLine(depth + 1)
            JSONText.appendEscaped(key, to: &bytes)
            bytes.append(.colon)
            if pretty { bytes.append(0x20) }
            write(value, depth: depth + 1)
        }
        if !first { breakLine(depth) }
        bytes.append(.closeBrace)
    }

    /// By bytes, so that the order is the same whatever Unicode version the standard library was built with.
    private func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private mutating func breakLine(_ depth: Int) {
        guard pretty else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }
}

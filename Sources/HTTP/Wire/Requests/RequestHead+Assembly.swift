extension RequestHead {
    /// A head made in process, for tests and for calls that never were on a wire. What cannot stand in a request target
    /// is percent-encoded; a field that could not have been sent (see `Headers`) is left out.
    package init(method: Method, target: String, fields: [(String, String)] = []) {
        var bytes: [UInt8] = []
        var facts = HeadFacts()
        for byte in target.utf8 {
            if Octet.isTarget(byte) { bytes.append(byte) } else { bytes.append(contentsOf: Self.escaped(byte)) }
        }
        facts.target = 0..<bytes.count
        RequestTarget.split(bytes.span, &facts, pathFrom: 0)
        var spans: [FieldSpan] = []
        var sendable = Headers()
        for (name, value) in fields where sendable.add(name, value) {
            let nameStart = UInt32(bytes.count)
            bytes.append(contentsOf: name.utf8)
            let valueStart = UInt32(bytes.count)
            bytes.append(contentsOf: value.utf8)
            spans.append(
                FieldSpan(
                    nameStart: nameStart, nameEnd: valueStart, valueStart: valueStart, valueEnd: UInt32(bytes.count)))
        }
        self.init(method: method, bytes: bytes, fields: spans, facts: facts)
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}

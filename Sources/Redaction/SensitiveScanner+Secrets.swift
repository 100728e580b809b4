/// Keys and tokens that say what they are.
extension SensitiveScanner {
    /// At a letter.
    mutating func secret(beginning byte: UInt8) -> SensitiveMatch? {
        switch byte {
        case UInt8(ascii: "e"): return webToken()
        case UInt8(ascii: "b"), UInt8(ascii: "B"): return bearerToken()
        default:
            for shape in SecretShape.beginning(with: byte) where hasText(shape.prefix, at: at) {
                if let upper = end(of: shape) { return SensitiveMatch(.secret, at..<upper) }
            }
            return nil
        }
    }

    private func end(of shape: SecretShape) -> Int? {
        let start = at + shape.prefix.utf8CodeUnitCount
        if shape.isExact {
            guard end - start >= shape.lengthMin else { return nil }
            let upper = start + shape.lengthMin
            for index in start..<upper where !bytes[index].isUpper && !bytes[index].isDigit { return nil }
            return isEnd(upper) ? upper : nil
        }
        let upper = endOfRun(from: start, \.isToken)
        return upper - start >= shape.lengthMin ? upper : nil
    }

    /// A JSON Web Token: base64url of two objects (`{"` is `eyJ`), and a signature where it was not cut off.
    private mutating func webToken() -> SensitiveMatch? {
        guard at >= tokenFloor, hasText("eyJ", at: at) else { return nil }
        let header = endOfRun(from: at, \.isToken)
        guard header < end, bytes[header] == UInt8(ascii: "."), hasText("eyJ", at: header + 1) else {
            tokenFloor = header
            return nil
        }
        var upper = endOfRun(from: header + 1, \.isToken)
        if upper < end, bytes[upper] == UInt8(ascii: ".") {
            let signature = endOfRun(from: upper + 1, \.isToken)
            if signature > upper + 1 { upper = signature }
        }
        return SensitiveMatch(.secret, at..<upper)
    }

    /// What follows `Bearer` in a header; not the words that follow it in a sentence.
    private func bearerToken() -> SensitiveMatch? {
        for (offset, byte) in "bearer".utf8.enumerated() {
            guard at + offset < end, bytes[at + offset] | 0x20 == byte else { return nil }
        }
        var start = at + 6
        if start < end, bytes[start] == UInt8(ascii: ":") { start += 1 }
        guard start < end, bytes[start] == UInt8(ascii: " ") else { return nil }
        start += 1
        var isWord = true
        let upper = endOfRun(from: start) { byte in
            if byte.isDigit || byte.isUpper { isWord = false }
            return byte.isBearerToken
        }
        guard upper - start >= (isWord ? 32 : 16) else { return nil }
        return SensitiveMatch(.secret, start..<upper)
    }

    /// At a dash: a private key in its PEM lines (RFC 7468), to its end, or as far as it goes when that was cut off.
    mutating func keyBlock() -> SensitiveMatch? {
        guard at == floor || bytes[at - 1] != UInt8(ascii: "-"), hasText("-----BEGIN ", at: at) else { return nil }
        let label = at + 11
        var index = label
        while index < end, index - label < 48, bytes[index].isUpper || bytes[index] == UInt8(ascii: " ") { index += 1 }
        guard hasText("-----", at: index), contains("PRIVATE KEY", in: label..<index) else { return nil }
        let body = index + 5
        if !hasNoFurtherKeyEnd {
            if let upper = endOfKeyBlock(from: body) { return SensitiveMatch(.secret, at..<upper) }
            hasNoFurtherKeyEnd = true
        }
        let upper = endOfRun(from: body) { byte in
            byte.isBearerToken || byte.isSpace || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: ":")
        }
        return SensitiveMatch(.secret, at..<upper)
    }

    private func endOfKeyBlock(from start: Int) -> Int? {
        var index = start
        while index < end {
            if bytes[index] == UInt8(ascii: "-"), hasText("-----END ", at: index) {
                var upper = index + 9
                while upper < end, bytes[upper].isUpper || bytes[upper] == UInt8(ascii: " ") { upper += 1 }
                // Five close it; what follows them may be the next one.
                return hasText("-----", at: upper) ? upper + 5 : upper
            }
            index += 1
        }
        return nil
    }

    private func contains(_ text: StaticString, in range: Range<Int>) -> Bool {
        range.contains { hasText(text, at: $0) }
    }
}

/// Forwarded = 1#( [pair] *( ";" [pair] ) ), pair = token "=" ( token / quoted-string ) (RFC 7239 §4). White space
/// around a semicolon is borne with: proxies are configured to write it.
struct ForwardedField {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    /// The `for` of every element, from left to right; hidden where an element has none. nil for a malformed field.
    static func nodes(_ bytes: ArraySlice<UInt8>) -> [ForwardedNode]? {
        var field = ForwardedField(bytes)
        var nodes: [ForwardedNode] = []
        while true {
            guard let (node, isEmpty) = field.element() else { return nil }
            if !isEmpty { nodes.append(node) }
            if field.index == bytes.endIndex { return nodes }
            // `element` stops at a comma or at the end.
            field.index += 1
        }
    }

    private mutating func element() -> (ForwardedNode, isEmpty: Bool)? {
        var node: ForwardedNode?
        var isEmpty = true
        while true {
            skipWhitespace()
            if let first = peek, Octet.isToken(first) {
                isEmpty = false
                guard let (name, value) = pair() else { return nil }
                if Octet.equal(name, "for".utf8) {
                    // RFC 7239 §4: each parameter once.
                    guard node == nil, let found = ForwardedNode(value[...], isBracketed: true) else { return nil }
                    node = found
                }
                skipWhitespace()
            }
            switch peek {
            case UInt8(ascii: ";"): index += 1
            case UInt8(ascii: ","), nil: return (node ?? .hidden, isEmpty)
            default: return nil
            }
        }
    }

    private mutating func pair() -> (name: ArraySlice<UInt8>, value: [UInt8])? {
        let name = token()
        guard peek == UInt8(ascii: "=") else { return nil }
        index += 1
        if peek == UInt8(ascii: "\"") { return quoted().map { (name, $0) } }
        let value = token()
        return value.isEmpty ? nil : (name, Array(value))
    }

    private mutating func quoted() -> [UInt8]? {
        index += 1
        var value: [UInt8] = []
        while let byte = peek {
            index += 1
            if byte == UInt8(ascii: "\"") { return value }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = peek else { return nil }
                value.append(escaped)
                index += 1
            } else {
                value.append(byte)
            }
        }
        return nil
    }

    private mutating func token() -> ArraySlice<UInt8> {
        let start = index
        while let byte = peek, Octet.isToken(byte) { index += 1 }
        return bytes[start..<index]
    }

    private mutating func skipWhitespace() {
        while let byte = peek, Octet.isWhitespace(byte) { index += 1 }
    }

    private var peek: UInt8? { index < bytes.endIndex ? bytes[index] : nil }
}

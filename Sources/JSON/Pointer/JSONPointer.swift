/// RFC 6901: the path to a value inside a JSON value.
package struct JSONPointer: Sendable, Hashable {
    /// Decoded reference tokens; none points at the whole value.
    package let tokens: [String]

    /// From tokens that are decoded already.
    package init(tokens: [String] = []) {
        self.tokens = tokens
    }

    /// Parses `""` or `/a/b~1c/0`.
    /// - Throws: when the text does not start with a slash, or a tilde is not `~0` or `~1`; the offset is in bytes of
    /// `text`.
    package init(parsing text: String) throws(JSONError) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        let bytes = Array(text.utf8)
        guard bytes[0] == UInt8(ascii: "/") else {
            throw JSONError(offset: 0, reason: "a JSON pointer must start with '/'")
        }
        var tokens: [String] = []
        var token: [UInt8] = []
        var at = 1
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "/"):
                tokens.append(String(decoding: token, as: UTF8.self))
                token.removeAll(keepingCapacity: true)
            case UInt8(ascii: "~"):
                at += 1
                switch at < bytes.count ? bytes[at] : 0 {
                case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
                default: throw JSONError(offset: at - 1, reason: "a tilde in a JSON pointer must be '~0' or '~1'")
                }
            default: token.append(bytes[at])
            }
            at += 1
        }
        tokens.append(String(decoding: token, as: UTF8.self))
        self.tokens = tokens
    }

    /// One reference token as it is written inside a pointer.
    package static func escaped(_ token: String) -> String {
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return token }
        var bytes: [UInt8] = []
        for byte in token.utf8 {
            switch byte {
            case UInt8(ascii: "~"): bytes.append(contentsOf: "~0".utf8)
            case UInt8(ascii: "/"): bytes.append(contentsOf: "~1".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One step further in.
    package func appending(_ token: String) -> JSONPointer { JSONPointer(tokens: tokens + [token]) }

    /// As it is written, escaped.
    package var text: String { tokens.map { "/" + Self.escaped($0) }.joined() }
}

extension JSONPointer: CustomStringConvertible {
    /// The text.
    package var description: String { text }
}

package extension JSONValue {
    /// The value that `pointer` points at; nil when there is none.
    subscript(_ pointer: JSONPointer) -> JSONValue? {
        var value = self
        for token in pointer.tokens {
            guard let next = value.child(token) else { return nil }
            value = next
        }
        return value
    }
}

extension JSONValue {
    /// One step of RFC 6901 section 4: an index is `0` or digits without leading zero.
    func child(_ token: String) -> JSONValue? {
        switch self {
        case .object(let object): return object[token]
        case .array(let values):
            guard token.utf8.allSatisfy(\.isASCIIDigit), token == "0" || token.utf8.first != UInt8(ascii: "0"),
                let index = Int(token), values.indices.contains(index)
            else { return nil }
            return values[index]
        default: return nil
        }
    }
}

package extension JSONValue {
    /// Parses one whole document: strict RFC 8259 in strict UTF-8, without byte order mark.
    /// - Parameter depthMax: containers inside one another; never more than 512.
    /// - Throws: the first fault, with its byte offset from the start of `bytes`.
    init(
        parsing bytes: [UInt8], depthMax: Int = 128, duplicateKeys: JSONDuplicateKeys = .refused
    ) throws(JSONError) {
        self = try bytes.walking(depthMax: depthMax) { walker throws(JSONError) in
            var reader = JSONReader(walker: walker, duplicateKeys: duplicateKeys)
            return try reader.readDocument()
        }
    }

    /// The same for part of a buffer, or any other collection of bytes.
    init(
        parsing bytes: some Collection<UInt8>, depthMax: Int = 128, duplicateKeys: JSONDuplicateKeys = .refused
    ) throws(JSONError) {
        try self.init(parsing: Array(bytes), depthMax: depthMax, duplicateKeys: duplicateKeys)
    }

    /// The same for text; offsets count its UTF-8 bytes.
    init(
        parsing text: String, depthMax: Int = 128, duplicateKeys: JSONDuplicateKeys = .refused
    ) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), depthMax: depthMax, duplicateKeys: duplicateKeys)
    }
}

/// Builds the tree while a walker checks the grammar. Recursion is bounded by the walker's depth.
private struct JSONReader {
    var walker: JSONWalker
    let duplicateKeys: JSONDuplicateKeys

    mutating func readDocument() throws(JSONError) -> JSONValue {
        walker.skipWhitespace()
        let value = try readValue(depth: 0)
        try walker.requireEnd()
        return value
    }

    private mutating func readValue(depth: Int) throws(JSONError) -> JSONValue {
        let start = walker.at
        switch walker.current {
        case .openBrace: return .object(try readObject(depth: depth))
        case .openBracket: return .array(try readArray(depth: depth))
        case .quote:
            let escaped = try walker.skipString()
            return .string(try walker.text(start + 1..<walker.at - 1, escaped: escaped))
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            try walker.skipScalar()
            return .bool(walker.base[start] == UInt8(ascii: "t"))
        case UInt8(ascii: "n"):
            try walker.skipScalar()
            return .null
        case UInt8(ascii: "-"), 0x30...0x39:
            let integral = try walker.skipNumber()
            if integral, let integer = walker.integer(start..<walker.at) { return .integer(integer) }
            return .number(try walker.double(start..<walker.at))
        default: throw walker.failure("expected a JSON value")
        }
    }

    private mutating func readArray(depth: Int) throws(JSONError) -> [JSONValue] {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        walker.at += 1
        walker.skipWhitespace()
        var values: [JSONValue] = []
        if walker.current == .closeBracket {
            walker.at += 1
            return values
        }
        while true {
            values.append(try readValue(depth: depth + 1))
            walker.skipWhitespace()
            switch walker.current {
            case .comma:
                walker.at += 1
                walker.skipWhitespace()
            case .closeBracket:
                walker.at += 1
                return values
            default: throw walker.failure("expected ',' or ']' in an array")
            }
        }
    }

    private mutating func readObject(depth: Int) throws(JSONError) -> JSONObject {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        walker.at += 1
        walker.skipWhitespace()
        var object = JSONObject()
        if walker.current == .closeBrace {
            walker.at += 1
            return object
        }
        while true {
            let (range, escaped) = try walker.skipKey()
            let key = try walker.text(range.lowerBound + 1..<range.upperBound - 1, escaped: escaped)
            if duplicateKeys == .refused, object.contains(key) {
                throw walker.failure("the key occurs twice in one object", at: range.lowerBound)
            }
            object[key] = try readValue(depth: depth + 1)
            walker.skipWhitespace()
            switch walker.current {
            case .comma:
                walker.at += 1
                walker.skipWhitespace()
            case .closeBrace:
                walker.at += 1
                return object
            default: throw walker.failure("expected ',' or '}' in an object")
            }
        }
    }
}

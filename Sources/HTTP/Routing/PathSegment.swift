/// One segment of a path, percent-decoded: what routing and authorisation both see.
struct PathSegment: Sendable, Equatable {
    let bytes: ArraySlice<UInt8>
    /// It was written with an encoded slash, which only a parameter that declares it takes.
    let holdsSlash: Bool

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Splits at raw slashes, then decodes each segment once. `path` begins with `/`.
    /// Throws `PathFault` for what must not be routed at all: broken escapes, control characters, what is not UTF-8 and
    /// dot segments (RFC 3986 §3.3), however they are spelled.
    static func split(_ path: ArraySlice<UInt8>) throws(PathFault) -> [PathSegment] {
        var segments: [PathSegment] = []
        segments.reserveCapacity(8)
        var start = path.startIndex + 1
        for index in start...path.endIndex where index == path.endIndex || path[index] == UInt8(ascii: "/") {
            segments.append(try PathSegment(path[start..<index]))
            start = index + 1
        }
        return segments
    }

    private init(_ raw: ArraySlice<UInt8>) throws(PathFault) {
        if raw.contains(UInt8(ascii: "%")) {
            let decoded = try Self.decoded(raw)
            bytes = decoded[...]
            holdsSlash = decoded.contains(UInt8(ascii: "/"))
        } else {
            bytes = raw
            holdsSlash = false
        }
        let isDots = bytes.count <= 2 && !bytes.isEmpty && bytes.allSatisfy { $0 == UInt8(ascii: ".") }
        if isDots { throw PathFault(reason: "the path holds a dot segment") }
        if bytes.contains(where: { $0 >= 0x80 }), String(validating: bytes, as: UTF8.self) == nil {
            throw PathFault(reason: "the path is not UTF-8")
        }
    }

    private static func decoded(_ raw: ArraySlice<UInt8>) throws(PathFault) -> [UInt8] {
        guard let decoded = PercentEncoding.decoded(raw) else {
            throw PathFault(reason: "a % in the path is not followed by two hexadecimal digits")
        }
        guard !decoded.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw PathFault(reason: "the path holds an encoded control character")
        }
        return decoded
    }
}

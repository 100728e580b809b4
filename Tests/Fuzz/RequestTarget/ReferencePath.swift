/// The rule for paths in the fewest words (RFC 3986 §2.1 and §3.3): no regard for speed.
enum ReferencePath {
    /// The decoded segments of a path that begins with a slash; nil when it must be refused.
    static func segments(_ path: String) -> [[UInt8]]? {
        var segments: [[UInt8]] = []
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let decoded = decoded(segment), String(validating: decoded, as: UTF8.self) != nil,
                decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), decoded != Array(".".utf8),
                decoded != Array("..".utf8)
            else { return nil }
            segments.append(decoded)
        }
        return segments
    }

    private static func decoded(_ segment: Substring) -> [UInt8]? {
        let pieces = segment.split(separator: "%", omittingEmptySubsequences: false)
        var bytes = Array(pieces[0].utf8)
        for piece in pieces.dropFirst() {
            let digits = piece.utf8.prefix(2)
            // The initialiser takes a sign too.
            guard digits.count == 2, piece.prefix(2).allSatisfy(\.isHexDigit),
                let byte = UInt8(String(piece.prefix(2)), radix: 16)
            else { return nil }
            bytes += [byte] + piece.utf8.dropFirst(2)
        }
        return bytes
    }
}

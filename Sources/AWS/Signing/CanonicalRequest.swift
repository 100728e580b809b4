/// A request in the one form that both sides sign ("Create a signed AWS API request", IAM User Guide, read 2026-11).
package struct CanonicalRequest: Sendable {
    /// Names in lower case, in order, joined by semicolons.
    package let signedNames: String
    private let head: String

    /// - Parameters:
    ///   - path: as it stands in the request line, so already encoded: for all services but S3 it is encoded again,
    ///     which makes `%253A` of the `%3A` in a model's id. Empty for none.
    ///   - query: as it stands there, without the question mark.
    ///   - fields: what is signed, `host` among them. Of equal names the values are joined in their order.
    package init(method: String, path: String, query: String = "", fields: [(name: String, value: String)]) {
        var lines: [(name: String, value: String)] = []
        for (name, value) in fields {
            let name = name.lowercased()
            if let index = lines.firstIndex(where: { $0.name == name }) {
                lines[index].value += "," + Self.trimmed(value)
            } else {
                lines.append((name, Self.trimmed(value)))
            }
        }
        lines.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        signedNames = lines.map(\.name).joined(separator: ";")
        head =
            ([method, Self.path(path), Self.query(query)] + lines.map { "\($0.name):\($0.value)" } + ["", signedNames])
            .joined(separator: "\n") + "\n"
    }

    /// - Parameter payloadDigest: SHA-256 of the body, in lower-case hexadecimal.
    package func text(payloadDigest: String) -> String { head + payloadDigest }

    private static func path(_ path: String) -> String {
        guard !path.isEmpty else { return "/" }
        return encoded(path, keeping: "/")
    }

    /// Parameters in order of their names, then values, as encoded bytes.
    private static func query(_ query: String) -> String {
        guard !query.isEmpty else { return "" }
        return query.split(separator: "&").map { parameter -> (name: String, value: String) in
            let sides = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (reencoded(sides[0]), sides.count == 2 ? reencoded(sides[1]) : "")
        }.sorted { left, right in
            left.name == right.name
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// Escapes that stand there already are kept: a query is encoded once.
    private static func reencoded(_ text: Substring) -> String { encoded(String(text), keeping: "%") }

    /// RFC 3986 §2.1, in capitals, all but unreserved characters.
    private static func encoded(_ text: String, keeping kept: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            let isUnreserved =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte &- 48 < 10
                || "-._~".utf8.contains(byte)
            if isUnreserved || kept.utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Without blanks at the ends, and one for several.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}

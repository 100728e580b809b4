/// The query of a request target as pairs of names and values: `a=1&b=x+y`. Decoded when it is asked for, so that a
/// request whose query nobody reads pays nothing.
package struct QueryParameters: Sendable {
    private let raw: ArraySlice<UInt8>

    /// From the raw bytes after the `?`.
    package init(_ raw: ArraySlice<UInt8>) { self.raw = raw }

    /// From text without the `?`.
    package init(_ raw: String = "") { self.raw = Array(raw.utf8)[...] }

    /// The first value of that name; "" for a name without `=`.
    package subscript(name: String) -> String? {
        pairs.first { Self.text($0.name) == name }.map { Self.text($0.value) }
    }

    /// Every pair in order, duplicates included. `+` is a space.
    package var all: [(name: String, value: String)] { pairs.map { (Self.text($0.name), Self.text($0.value)) } }

    /// Every value of that name, in order.
    package func values(_ name: String) -> [String] {
        pairs.filter { Self.text($0.name) == name }.map { Self.text($0.value) }
    }

    package var isEmpty: Bool { raw.isEmpty }

    /// Why the server refuses this query, or nil: after that, decoding loses nothing.
    var fault: String? {
        guard let decoded = PercentEncoding.decoded(raw) else {
            return "a % in the query is not followed by two hexadecimal digits"
        }
        return String(validating: decoded, as: UTF8.self) == nil ? "the query is not UTF-8" : nil
    }

    private var pairs: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] {
        raw.split(separator: UInt8(ascii: "&")).map { pair in
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return (pair, pair[pair.endIndex...]) }
            return (pair[..<equals], pair[(equals + 1)...])
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: PercentEncoding.decoded(bytes, plusIsSpace: true) ?? Array(bytes), as: UTF8.self)
    }
}

/// The request methods of RFC 9110 §9 and RFC 5789. Names are case-sensitive (RFC 9110 §9.1).
package enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    case trace = "TRACE"
    case connect = "CONNECT"

    /// The longest name that is looked up; a longer token is unknown before it ends.
    static let nameBytesMax = 7

    /// - Parameter packed: the name's bytes, the first one lowest, as `pack` makes it.
    init?(packed: UInt64) {
        switch packed {
        case Self.pack("GET"): self = .get
        case Self.pack("POST"): self = .post
        case Self.pack("HEAD"): self = .head
        case Self.pack("PUT"): self = .put
        case Self.pack("PATCH"): self = .patch
        case Self.pack("DELETE"): self = .delete
        case Self.pack("OPTIONS"): self = .options
        case Self.pack("TRACE"): self = .trace
        case Self.pack("CONNECT"): self = .connect
        default: return nil
        }
    }

    /// Up to eight bytes as one word, so that a lookup is a handful of comparisons.
    @inline(__always)
    static func pack(_ name: StaticString) -> UInt64 {
        var word: UInt64 = 0
        // The pointer is to the literal's own bytes, of which there are `utf8CodeUnitCount`.
        for index in 0..<name.utf8CodeUnitCount { word |= UInt64(name.utf8Start[index]) << UInt64(8 * index) }
        return word
    }
}

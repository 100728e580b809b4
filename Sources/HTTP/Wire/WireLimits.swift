/// What a request may cost before its route is known.
package struct WireLimits: Sendable, Equatable {
    /// Bytes of the request line, without its line end (RFC 9112 §3 asks for at least 8,000); beyond: 414.
    package var requestLineBytesMax = 8_192
    /// Bytes of the header section, and again of a trailer section; beyond: 431.
    package var headerBytesMax = 32 * 1_024
    /// Fields of the header section, and again of a trailer section; beyond: 431.
    package var headerCountMax = 100
    /// Bytes of all chunk extensions of one body; beyond: 400.
    package var chunkExtensionBytesMax = 4_096
    /// Whether HTTP/1.1 requests must have a Host field (RFC 9112 §3.2). Off only to run a corpus that leaves it out.
    package var demandsHost = true

    package init() {}
}

/// The bounds of everything that a client decides.
package struct ServerLimits: Sendable {
    /// Bytes of the request line without its CRLF; beyond: 414. RFC 9112 §3 asks for at least 8,000.
    package var requestLineBytesMax = 8_192
    /// Bytes of the header fields together, and of a trailer section again; beyond: 431.
    package var headerBytesMax = 32 * 1_024
    /// Header fields, and trailer fields again; beyond: 431.
    package var headerCountMax = 100
    /// Bytes of a body on a route that does not say otherwise; beyond: 413, before the body is read.
    package var bodyBytesMax = 16 * 1_024 * 1_024
    /// Bytes of all bodies that the server holds at one time, each loop having an equal share; beyond: 503.
    package var bodyBytesTotalMax = 1_024 * 1_024 * 1_024
    /// Bytes of all chunk extensions of one body; beyond: 400.
    package var chunkExtensionBytesMax = 4_096

    /// Connections of this server; at so many, no loop accepts until one leaves or has idled long enough to be closed.
    package var connectionsMax = 10_000
    /// Connections of one client address, of IPv6 of one /64; those beyond are closed at once. Clients of a Unix socket
    /// have no address.
    package var connectionsPerAddressMax = 10_000
    /// Pipelined requests of one connection that are answered before the other connections get their turn.
    package var pipelineDepthMax = 64

    /// From an answer to the next request's first byte.
    package var idleTimeout: Duration = .seconds(75)
    /// From a request's first byte to the end of its head.
    package var headerTimeout: Duration = .seconds(10)
    /// For a body to arrive, and one second more for each `bodyBytesPerSecondMin` received.
    package var bodyTimeout: Duration = .seconds(30)
    package var bodyBytesPerSecondMin = 4_096
    /// For an answer to be taken, and one second more for each `answerBytesPerSecondMin` taken. It starts anew whenever
    /// the client has taken everything, so that a stream may pause for as long as it likes.
    package var writeTimeout: Duration = .seconds(30)
    package var answerBytesPerSecondMin = 4_096
    /// For an answer to be read before its connection is closed under it.
    package var lingerTimeout: Duration = .seconds(5)
    /// Bytes of an unread body that are read and dropped meanwhile.
    package var lingerBytesMax = 64 * 1_024 * 1_024

    /// Bytes of an answer that the client has not taken: above, a stream's writer waits and no further request is read;
    /// at half of it both go on.
    package var writeBufferBytesMax = 256 * 1_024

    /// Requests on routes that shed under load which run at once, each loop having an equal share; beyond: 503.
    package var inferencesMax = Int.max
    /// How long requests may wait for their loop before new work on those routes is shed, beyond: 503; zero sheds none.
    package var shedTarget: Duration = .zero
    /// How long that delay must stand.
    package var shedInterval: Duration = .milliseconds(100)

    /// Compressed bodies.
    package var coding = CodingLimits()

    package init() {}

    var wire: WireLimits {
        var wire = WireLimits()
        wire.requestLineBytesMax = requestLineBytesMax
        wire.headerBytesMax = headerBytesMax
        wire.headerCountMax = headerCountMax
        wire.chunkExtensionBytesMax = chunkExtensionBytesMax
        return wire
    }
}

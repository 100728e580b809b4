import Reactor

/// The request at hand and what is known of its answer.
struct Exchange {
    /// nil where the request could not be read as far as that.
    let head: RequestHead?
    let identity: RequestID
    let receivedAt: MonotonicInstant
    let framing: BodyFraming
    /// Whether the connection outlives the answer.
    var isPersistent: Bool
    var route: Route?
    var parameters = PathParameters()
    var body: [UInt8] = []
    /// Bytes taken of the loop's room for bodies.
    var heldBytes = 0
    var status = 0
    var bytesOut = 0
    var isChunked = false

    var isHTTP10: Bool { head?.facts.minorVersion == 0 }
}

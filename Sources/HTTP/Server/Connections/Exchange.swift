import Reactor

/// The request at hand and what is known of its answer. One value per connection, used again for every request: read
/// and changed where it lies, since a copy would cost a reference count for each of its parts.
struct Exchange {
    /// Whether there is a request that has no complete answer yet.
    private(set) var isOpen = false
    /// nil where the request could not be read as far as that.
    private(set) var head: RequestHead?
    private(set) var identity = RequestID.none
    private(set) var receivedAt = MonotonicInstant(nanoseconds: 0)
    /// Whether the connection outlives the answer.
    var isPersistent = false
    var route: RouteEntry?
    var parameters = PathParameters()
    /// Once a handler has it.
    var request: Request?
    var body: [UInt8] = []
    /// Where the handler gets the body as it comes.
    var incoming: RequestBody?
    /// The client waits to be told to send its body.
    var owesContinue = false
    /// Bytes taken of the loop's room for bodies.
    var heldBytes = 0
    /// Has one of the loop's places for requests that shed under load.
    var isInference = false
    var status = 0
    var bytesOut = 0
    var isChunked = false
    /// Set while a body that comes compressed is read.
    var coded: CodedBody?
    /// The client takes no body that is not compressed.
    var demandsCoding = false
    /// The client's, where a trusted proxy names it.
    var forwardedAddress: String?

    mutating func open(_ head: RequestHead?, _ identity: RequestID, receivedAt nanoseconds: UInt64) {
        isOpen = true
        self.head = head
        self.identity = identity
        receivedAt = MonotonicInstant(nanoseconds: nanoseconds)
        isPersistent = head?.facts.isPersistent ?? false
    }

    mutating func close() {
        isOpen = false
        head = nil
        route = nil
        parameters = PathParameters()
        request = nil
        body = []
        if incoming != nil { incoming = nil }
        owesContinue = false
        heldBytes = 0
        isInference = false
        bytesOut = 0
        isChunked = false
        coded = nil
        demandsCoding = false
        forwardedAddress = nil
    }

    var isHTTP10: Bool { head?.facts.minorVersion == 0 }
    var cancelsOnDeparture: Bool { route?.route.options.departedClientCancels ?? false }
}

package import Reactor

/// A whole request, as a handler gets it: head, body and what the server knows about it. Passed on from hand to hand,
/// and so behind one reference.
package final class Request: @unchecked Sendable {
    // @unchecked: what changes is touched only on the connection's loop.

    package let head: RequestHead
    /// The whole body, chunked framing removed; within the route's limit.
    package let body: [UInt8]
    /// The body on a route that streams them, in place of `body`; nil when the request has none.
    package let stream: RequestBody?
    package let parameters: PathParameters
    /// When its first byte was read.
    package let receivedAt: MonotonicInstant
    /// The loop of its connection.
    package let loop: EventLoop
    /// "127.0.0.1", "::1" or "unix".
    package let remoteAddress: String
    /// The matched template, such as "/api/v1/models/{model}"; what metrics and logs carry instead of the path.
    package let route: String
    package let identity: RequestID
    private let ownMemory: ConnectionMemory?

    private var departureListener: (any DepartureListener)?
    private var hasDeparted = false

    /// Has `listener` told, in place of the one before, when the client leaves before it has its answer, on a route
    /// whose work that ends; at once when it has left. On the connection's loop.
    package func tieToCaller(_ listener: any DepartureListener) {
        departureListener = listener
        if hasDeparted { listener.callerDeparted() }
    }

    /// The client has left, or has its answer; for calls within the process, who asked waits for it no more, or has it.
    /// On the request's loop.
    package func departed(isAnswered: Bool) {
        let listener = departureListener
        departureListener = nil
        guard !isAnswered, !hasDeparted else { return }
        hasDeparted = true
        listener?.callerDeparted()
    }

    /// What the connection keeps from one request to the next; nil off its loop and for calls within the process.
    package var memory: ConnectionMemory? { loop.isCurrent ? ownMemory : nil }

    /// The caller's X-Request-Id when it is sane, else a ULID of ours.
    package var id: String { identity.text }

    /// The parameters behind the `?`.
    package var query: QueryParameters { QueryParameters(head.queryBytes ?? []) }

    init(
        head: RequestHead, body: [UInt8], parameters: PathParameters, receivedAt: MonotonicInstant, loop: EventLoop,
        remoteAddress: String, route: String, identity: RequestID, memory: ConnectionMemory? = nil,
        stream: RequestBody? = nil
    ) {
        self.head = head
        self.body = body
        self.parameters = parameters
        self.receivedAt = receivedAt
        self.loop = loop
        self.remoteAddress = remoteAddress
        self.route = route
        self.identity = identity
        ownMemory = memory
        self.stream = stream
    }

    /// For tests and for calls within the process. The path of `head` is the route unless another is named.
    package convenience init(
        head: RequestHead, body: [UInt8] = [], parameters: PathParameters = [:], id: String = "test",
        route: String? = nil, remoteAddress: String = "127.0.0.1", receivedAt: MonotonicInstant = .now(),
        loop: EventLoop
    ) {
        self.init(
            head: head, body: body, parameters: parameters, receivedAt: receivedAt, loop: loop,
            remoteAddress: remoteAddress, route: route ?? head.path, identity: RequestID(text: id))
    }
}

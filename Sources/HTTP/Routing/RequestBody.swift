import Reactor

/// The body of a request, handed over as it comes: on routes that stream bodies. Used on the connection's loop. What is
/// not taken is not read on for long: the client is held back. Nothing is read before somebody waits for it.
package final class RequestBody: @unchecked Sendable {
    // @unchecked: touched only on the connection's loop.

    /// Bytes that it will have; nil where that is not known.
    package let length: Int?
    /// Why it will not come to its end: what the client may be answered, with 499 when it has left.
    package private(set) var failure: WireError?
    /// Its last byte has arrived. There may be bytes to take.
    package private(set) var isComplete = false

    /// The ring with its exchange is broken when that is closed.
    private let connection: Connection
    private let exchange: Int
    private var buffer: [UInt8] = []
    private var waiter: (@Sendable () -> Void)?
    private var isTelling = false
    /// Somebody has asked for it.
    private(set) var isStarted = false
    /// Since when the client is held back, in nanoseconds of the loop's clock; nil while it may send.
    private(set) var heldBackSince: UInt64?

    /// So much may wait to be taken.
    private static let bytesMax = 256 << 10

    init(_ connection: Connection, _ exchange: Int, length: Int?) {
        self.connection = connection
        self.exchange = exchange
        self.length = length
        heldBackSince = connection.loop.turnStartedAt.nanoseconds
    }

    /// Nothing more will come.
    package var isOver: Bool { isComplete || failure != nil }
    package var bytesWaiting: Int { buffer.count }

    /// What has arrived since the last call; the client may send on. It counts among the bodies that the server holds
    /// until it is released.
    package func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        return taken
    }

    /// Calls `action` once, on the loop, when there is something to take or nothing more will come: from this very call
    /// when that is so already.
    package func onArrival(_ action: @escaping @Sendable () -> Void) {
        if !buffer.isEmpty || isOver { return action() }
        waiter = action
        isStarted = true
        connection.readBody(of: exchange)
    }

    /// The same for who has a task.
    package func arrival() async {
        await withUnsafeContinuation { continuation in onArrival { continuation.resume() } }
    }

    /// So many bytes that were taken are not held any more.
    package func release(_ count: Int) { connection.release(bodyBytes: count, of: exchange) }

    /// Its time is over: it fails with 408.
    package func expire() { connection.expireBody(of: exchange) }

    // MARK: The connection's side

    var hasRoom: Bool { isStarted && buffer.count < Self.bytesMax }

    func append(_ bytes: UnsafeBufferPointer<UInt8>) { buffer.append(contentsOf: bytes) }

    func append(_ bytes: [UInt8]) { buffer += bytes }

    func complete() { isComplete = true }

    func fail(_ error: WireError) {
        guard !isOver else { return }
        failure = error
    }

    /// Notes whether the client is held back.
    /// - Returns: for how long it was until now, in nanoseconds.
    func note(isHeldBack: Bool, at now: UInt64) -> UInt64 {
        guard isHeldBack else {
            defer { heldBackSince = nil }
            return heldBackSince.map { now - min($0, now) } ?? 0
        }
        heldBackSince = heldBackSince ?? now
        return 0
    }

    /// Tells who waits, if there is something to tell.
    func settle() {
        guard !isTelling else { return }
        isTelling = true
        defer { isTelling = false }
        // Who is told may wait again, and what it waits for may be here by then.
        while waiter != nil, !buffer.isEmpty || isOver { waiter.take()?() }
    }
}

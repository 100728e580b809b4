import Reactor

/// One request on its way: what has arrived of its answer, who waits for it, and until when. Its carrier moves the
/// bytes.
final class Transfer: UpstreamExchange, @unchecked Sendable {
    // @unchecked: touched only on its loop's thread; `cancel` sends itself there.

    let request: UpstreamRequest
    /// Who has it now; nil before anybody has and when it has ended.
    var carrier: (any TransferCarrier)?
    /// It was sent once on a connection that turned out to be closed.
    var isRetried = false
    private let watch: TransferWatch
    /// Its place in the watch's list; -1 when it is not there.
    var watchIndex = -1

    private(set) var head: UpstreamHead?
    private var buffer: [UInt8] = []
    private(set) var isFinished = false
    private(set) var failure: UpstreamFailure?
    /// The buffer is full: the carrier does not read on before it is taken.
    private(set) var isPaused = false
    /// Nobody reads any more.
    private var isReleased = false

    // Nanoseconds of the loop's clock; 0 for what has not happened.
    private let startedAt: UInt64
    private var isConnected = false
    private var progressedAt: UInt64
    private var releasedAt: UInt64 = 0
    /// Until when somebody waits; `.max` without a limit.
    private var waitLimit = UInt64.max

    private enum Waiter {
        case task(UnsafeContinuation<Void, Never>)
        case action(@Sendable () -> Void)
    }

    private var waiter: Waiter?
    private var awaited = UpstreamAwaited.head
    private var waitBegan: UInt64 = 0
    private(set) var waited: UInt64 = 0

    /// How long the end of a stream may take after `[DONE]`.
    private static let releasedGrace: UInt64 = 1_000_000_000

    init(_ request: UpstreamRequest, watch: TransferWatch) {
        self.request = request
        self.watch = watch
        startedAt = watch.loop.now().nanoseconds
        progressedAt = startedAt
        request.upload?.transfer = self
    }

    var loop: EventLoop { watch.loop }

    var bytesWaiting: Int { buffer.count }

    func now() -> MonotonicInstant { loop.now() }

    // MARK: What is sent while it comes

    /// When the last byte of the upload was given to the connection; the answer is waited for since then.
    private var uploadedAt: UInt64 = 0

    /// Whether a connection that turned out to be closed costs nothing but another one.
    var canBeSentAgain: Bool { !isRetried && request.upload?.isBegun != true }

    func uploadGrew() { carrier?.sendOn(self) }

    /// The connection took all that there was.
    func uploadWentOn() {
        guard let upload = request.upload else { return }
        progressedAt = loop.now().nanoseconds
        if upload.isDone, uploadedAt == 0 {
            uploadedAt = progressedAt
        }
        watch.consider(nextDeadline.instant)
        upload.settle()
    }

    // MARK: What the carrier tells

    var wasSent: Bool { isConnected }

    /// The connection is ready for the request.
    func connected() { isConnected = true }

    func received(_ head: UpstreamHead) {
        self.head = head
        progressedAt = loop.turnStartedAt.nanoseconds
        // The gap between two pieces begins to count, which may be due before what the watch looks for.
        watch.consider(nextDeadline.instant)
    }

    /// Takes a piece of the body. When it fills the buffer the transfer is paused: the carrier looks at `isPaused`.
    func received(_ bytes: UnsafeRawBufferPointer) {
        progressedAt = loop.turnStartedAt.nanoseconds
        guard !isReleased else { return }
        buffer.append(contentsOf: bytes)
        if buffer.count >= request.bufferBytesMax { isPaused = true }
    }

    /// Room for a body of a known length, within what may wait.
    func expect(bodyBytes: Int) {
        buffer.reserveCapacity(min(bodyBytes, request.bufferBytesMax, Self.reservedBytesMax))
    }

    /// A length is only a promise: memory is given for what has come.
    private static let reservedBytesMax = 256 << 10

    /// The first end holds.
    func end(_ failure: UpstreamFailure?) {
        guard !isFinished else { return }
        isFinished = true
        self.failure = failure
        watch.remove(self)
        request.upload?.end()
    }

    /// Wakes who waits, if what it waits for is there.
    func settle() {
        if waiter != nil, isSatisfied { wake() }
    }

    // MARK: Reading

    private var isSatisfied: Bool {
        if isFinished { return true }
        switch awaited {
        case .head: return head != nil
        case .bytes(let count): return buffer.count >= min(count, request.bufferBytesMax)
        }
    }

    func wait(for awaited: UpstreamAwaited, until limit: MonotonicInstant?) async {
        self.awaited = awaited
        if isSatisfied { return }
        beginWait()
        await withUnsafeContinuation { continuation in
            waiter = .task(continuation)
            guard let limit else { return }
            waitLimit = limit.nanoseconds
            watch.consider(waitLimit)
        }
    }

    func onArrival(of awaited: UpstreamAwaited, _ action: @escaping @Sendable () -> Void) {
        self.awaited = awaited
        if isSatisfied { return action() }
        beginWait()
        waiter = .action(action)
    }

    private func beginWait() {
        // The first wait begins with the transfer.
        waitBegan = waited == 0 ? startedAt : loop.now().nanoseconds
    }

    func yield() async {
        await withUnsafeContinuation { continuation in
            _ = loop.schedule(after: .zero) { continuation.resume() }
        }
    }

    private func wake() {
        waitLimit = .max
        guard let waiter else { return }
        self.waiter = nil
        // What woke it was there when the turn began; what passed since is not the upstream's doing.
        waited += max(loop.turnStartedAt.nanoseconds, waitBegan) - waitBegan
        switch waiter {
        case .task(let continuation): continuation.resume()
        // A whole answer is passed on at once, as the last thing that its carrier does. Whatever else there is to do
        // may begin another transfer, for which whoever tells of it may not be ready.
        case .action(let action): if isFinished, failure == nil { action() } else { loop.execute(action) }
        }
    }

    func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        if isPaused {
            isPaused = false
            progressedAt = loop.now().nanoseconds
            carrier?.resume(self)
        }
        return taken
    }

    // MARK: Ending

    func cancel() {
        guard loop.isCurrent else {
            loop.execute { self.cancel() }
            return
        }
        abandon(.cancelled)
    }

    func callerDeparted() { cancel() }

    func release() {
        guard !isFinished else { return }
        isReleased = true
        releasedAt = loop.now().nanoseconds
        _ = take()
        watch.consider(nextDeadline.instant)
    }

    private func abandon(_ failure: UpstreamFailure) {
        guard !isFinished else { return }
        end(failure)
        carrier?.abandon(self)
        settle()
    }

    // MARK: Deadlines

    /// - Returns: what comes next: the end of a wait (nil), or of the transfer for this reason.
    var nextDeadline: (instant: UInt64, failure: UpstreamFailure?) {
        let deadlines = request.deadlines
        var next: (instant: UInt64, failure: UpstreamFailure?) = (waitLimit, nil)
        func consider(_ start: UInt64, _ span: UInt64, _ failure: UpstreamFailure) {
            if start + span < next.instant { next = (start + span, failure) }
        }
        consider(startedAt, deadlines.total, .timeoutTotal)
        if releasedAt > 0 {
            consider(releasedAt, Self.releasedGrace, .timeoutIdle)
        } else if head == nil {
            if let upload = request.upload, uploadedAt == 0 {
                // While there is something to send it is the upstream that takes its time, else the caller.
                if upload.isWaiting { consider(progressedAt, deadlines.idleGap, .timeoutIdle) }
            } else {
                consider(max(startedAt, uploadedAt), deadlines.firstByte, .timeoutFirstByte)
            }
            if !isConnected { consider(startedAt, deadlines.connect, .timeoutConnect) }
        } else if !isPaused {
            // A paused transfer waits for us, not for the upstream.
            consider(progressedAt, deadlines.idleGap, .timeoutIdle)
        }
        return next
    }

    /// Whether nothing was asked of the upstream yet, since all the connections that we allow ourselves are busy.
    private var isShutOut: Bool { !isConnected && carrier?.lacksSlot(for: self) == true }

    /// Does what is due at `now`.
    func expire(at now: UInt64) {
        while !isFinished {
            let next = nextDeadline
            guard next.instant <= now else { return }
            if let failure = next.failure { abandon(isShutOut ? .noSlot : failure) } else { wake() }
        }
    }
}

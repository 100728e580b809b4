import CCurl
import Reactor

/// One request on its way through curl: what has arrived of its answer, and who waits for it.
final class CurlTransfer: UpstreamExchange, @unchecked Sendable {
    // @unchecked: touched only on its loop's thread; `cancel` sends itself there.

    private let client: CurlClient
    private let deadlines: UpstreamDeadlines
    private let bufferBytesMax: Int
    /// nil before curl has it and after curl is done with it.
    var slot: CurlSlot?

    private var answerHead: AnswerHead
    private var buffer: [UInt8] = []
    private(set) var isFinished = false
    private(set) var failure: UpstreamFailure?
    private var isPaused = false
    /// Nobody reads any more.
    private var isReleased = false

    private let startedAt: MonotonicInstant
    private var connectedAt: MonotonicInstant?
    private var progressedAt: MonotonicInstant
    private var releasedAt: MonotonicInstant?
    private var deadlineTimer: TimerToken?
    private var armedFor = MonotonicInstant(nanoseconds: .max)

    private var waiter: UnsafeContinuation<Void, Never>?
    private var awaited = UpstreamAwaited.head
    private var limitTimer: TimerToken?
    private(set) var waited = Duration.zero

    /// How long the end of a stream may take after `[DONE]`.
    private static let releasedGrace = Duration.seconds(1)

    init(client: CurlClient, _ request: UpstreamRequest, headBytesMax: Int) {
        self.client = client
        deadlines = request.deadlines
        bufferBytesMax = request.bufferBytesMax
        answerHead = AnswerHead(bytesMax: headBytesMax)
        startedAt = client.loop.now()
        progressedAt = startedAt
    }

    var head: UpstreamHead? { answerHead.isWhole ? answerHead.head : nil }

    var bytesWaiting: Int { buffer.count }

    func now() -> MonotonicInstant {
        client.loop.now()
    }

    // MARK: What curl tells

    func connected() {
        connectedAt = client.loop.now()
    }

    /// - Returns: false when the head is too large.
    func receivedHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        guard !answerHead.isWhole else { return true }
        guard answerHead.append(line) else { return false }
        if answerHead.isWhole {
            progressed()
            armIfEarlier()
        }
        return true
    }

    /// - Returns: false to be paused; the same bytes come again later.
    func receivedBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isReleased else { return true }
        guard buffer.count < bufferBytesMax else {
            isPaused = true
            return false
        }
        buffer.append(contentsOf: bytes)
        progressed()
        return true
    }

    private func progressed() {
        progressedAt = client.loop.now()
        client.note(self)
    }

    func finished(_ result: CURLcode, isAddressRefused: Bool) {
        guard result != CURLE_OK || !answerHead.isWhole else {
            end(nil)
            return
        }
        let isRefused = isAddressRefused && connectedAt == nil
        end(
            answerHead.isTooLarge
                ? .headTooLarge
                : isRefused ? .addressNotAllowed : UpstreamFailure(result, isHeadWhole: answerHead.isWhole))
    }

    /// The first end holds.
    func end(_ failure: UpstreamFailure?) {
        guard !isFinished else { return }
        isFinished = true
        self.failure = failure
        deadlineTimer?.cancel()
        deadlineTimer = nil
        client.note(self)
    }

    /// Wakes who waits, if what it waits for is there. Called when curl has returned.
    func settle() {
        if isSatisfied { wake() }
    }

    // MARK: Reading

    private var isSatisfied: Bool {
        if isFinished { return true }
        switch awaited {
        case .head: return answerHead.isWhole
        case .bytes(let count): return buffer.count >= min(count, bufferBytesMax)
        }
    }

    func wait(for awaited: UpstreamAwaited, until limit: MonotonicInstant?) async {
        self.awaited = awaited
        if isSatisfied { return }
        let began = client.loop.now()
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                // The cancellation handler may have run before this.
                guard !isSatisfied else {
                    continuation.resume()
                    return
                }
                waiter = continuation
                if let limit { limitTimer = client.loop.schedule(at: limit) { [weak self] in self?.wake() } }
            }
        } onCancel: {
            cancel()
        }
        waited += began.duration(to: client.loop.now())
    }

    func yield() async {
        await withUnsafeContinuation { continuation in
            _ = client.loop.schedule(after: .zero) { continuation.resume() }
        }
    }

    private func wake() {
        limitTimer?.cancel()
        limitTimer = nil
        let waiter = waiter
        self.waiter = nil
        waiter?.resume()
    }

    func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        if isPaused {
            isPaused = false
            progressedAt = client.loop.now()
            client.unpause(self)
        }
        return taken
    }

    // MARK: Ending

    func cancel() {
        guard client.loop.isCurrent else {
            client.loop.execute { self.cancel() }
            return
        }
        abandon(.cancelled)
    }

    func release() {
        guard !isFinished else { return }
        isReleased = true
        releasedAt = client.loop.now()
        _ = take()
        arm()
    }

    private func abandon(_ failure: UpstreamFailure) {
        guard !isFinished else { return }
        end(failure)
        client.remove(self)
        settle()
    }

    // MARK: Deadlines

    /// One timer for whichever deadline comes next. It is not moved at each step: when it fires it looks again.
    func arm() {
        guard !isFinished else { return }
        let (instant, _) = nextDeadline()
        deadlineTimer?.cancel()
        armedFor = instant
        deadlineTimer = client.loop.schedule(at: instant) { [weak self] in self?.deadlineFired() }
    }

    /// With the head the gap between two pieces begins to count, which may be due before what the timer was set for.
    private func armIfEarlier() {
        if deadlineTimer != nil, nextDeadline().0 < armedFor { arm() }
    }

    private func deadlineFired() {
        deadlineTimer = nil
        guard !isFinished else { return }
        let (instant, failure) = nextDeadline()
        guard instant <= client.loop.now() else {
            arm()
            return
        }
        abandon(failure)
    }

    private func nextDeadline() -> (MonotonicInstant, UpstreamFailure) {
        var next = (startedAt + deadlines.total, UpstreamFailure.timeoutTotal)
        func consider(_ instant: MonotonicInstant, _ failure: UpstreamFailure) {
            if instant < next.0 { next = (instant, failure) }
        }
        if let releasedAt {
            consider(releasedAt + Self.releasedGrace, .timeoutIdle)
        } else if !answerHead.isWhole {
            consider(startedAt + deadlines.firstByte, .timeoutFirstByte)
            if connectedAt == nil { consider(startedAt + deadlines.connect, .timeoutConnect) }
        } else if !isPaused {
            consider(progressedAt + deadlines.idleGap, .timeoutIdle)
        } else {
            // A paused transfer waits for us, not for the upstream: look again in a while.
            consider(client.loop.now() + deadlines.idleGap + .milliseconds(1), .timeoutIdle)
        }
        return next
    }
}

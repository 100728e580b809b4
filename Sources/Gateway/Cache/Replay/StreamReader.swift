import Domain
import HTTP
import Reactor

/// One caller's place in a stream that several read. Its task runs on its connection's loop.
final class StreamReader: DepartureListener, @unchecked Sendable {
    // @unchecked: what says so is touched under the log's lock, all else on its loop.

    let wantsUsage: Bool
    let loop: EventLoop
    private let log: StreamLog
    private let flight: Flight

    // Under the log's lock.
    var position = 0
    /// The first of the log's cuts that does not lie before `position`.
    var cut = 0
    var hasDeparted = false
    /// The log has let go of it, and of what it has not read.
    var isDropped = false
    private var waiter: UnsafeContinuation<Void, Never>?

    // On the loop.
    private var timer: TimerToken?
    /// Told when it stops before the end because its caller has left.
    var onLeaving: (() -> Void)?
    private(set) var hasLeft = false
    private var unyielded = 0
    /// Nanoseconds that it has waited.
    private(set) var waited: UInt64 = 0

    private static let bytesPerTurn = 64 << 10

    /// - Parameter flight: which was joined for it, or is led by its request.
    /// - Returns: nil when the start of the stream is gone; whoever joined has to leave.
    init?(_ log: StreamLog, of flight: Flight, wantsUsage: Bool, on loop: EventLoop) {
        self.log = log
        self.flight = flight
        self.wantsUsage = wantsUsage
        self.loop = loop
        guard log.add(self) else { return nil }
    }

    func park(_ waiter: UnsafeContinuation<Void, Never>) { self.waiter = waiter }
    func takeWaiter() -> UnsafeContinuation<Void, Never>? { waiter.take() }

    func callerDeparted() {
        // Clients close as soon as they have seen the last event, and the end may be told on another loop.
        guard !log.hasGivenAll(to: self) else { return }
        onLeaving?()
        leave()
        log.depart(self)
    }

    /// Its own caller has not taken what others waited for. On any thread.
    func dropped() {
        loop.execute {
            self.onLeaving?()
            self.leave()
        }
    }

    /// What its caller is told then.
    static let tooSlow = OpenAIError(
        status: 502, message: "the stream was read too slowly: others who asked the same could not wait for it",
        type: "server_error", code: "read_too_slowly")

    static func isTooSlow(_ end: FlightEnd) -> Bool {
        if case .broken(_, let error) = end { error == tooSlow.code } else { false }
    }

    /// What others than the first are told of an error that the provider wrote into its stream.
    static let reported = TrialFailure.reported([], code: nil)

    /// Which variant answers; nil as long as none does.
    var served: OutcomeArm? { flight.served }

    /// It reads no more. Repeating it does nothing.
    func leave() {
        guard !hasLeft else { return }
        hasLeft = true
        log.remove(self)
        flight.leave()
    }

    /// Waits until there is something to read or the end has come.
    /// - Returns: whether it has.
    func opening(until limit: MonotonicInstant?) async -> Bool {
        while !log.hasStep(self) {
            if let limit, loop.now() >= limit { return false }
            await wait(until: limit)
        }
        return true
    }

    /// How a stream ended of which there is nothing to read.
    var endOfNothing: FlightEnd? { log.end(before: self) }

    /// Writes all that comes.
    /// - Parameter farewell: an error in the words of its caller's wire.
    /// - Returns: how it ended; `isTooSlow` where its caller was let go of.
    /// - Throws: `ClientGone`.
    func deliver(
        to writer: BodyWriter, keepAlive: Duration, farewell: (OpenAIError) -> [UInt8], _ delivered: ([UInt8]) -> Void
    ) async throws -> FlightEnd {
        defer { leave() }
        do {
            return try await write(to: writer, keepAlive, farewell, delivered)
        } catch {
            onLeaving?()
            throw error
        }
    }

    private func write(
        to writer: BodyWriter, _ keepAlive: Duration, _ farewell: (OpenAIError) -> [UInt8],
        _ delivered: ([UInt8]) -> Void
    ) async throws -> FlightEnd {
        // Whoever was not given anything yet has waited long enough for a sign of life.
        if !log.hasStep(self) { try await writer.write(CallerStyle.comment) }
        while true {
            switch log.step(self) {
            case .bytes(let bytes):
                delivered(bytes)
                try await writer.write(bytes)
                unyielded += bytes.count
                if unyielded > Self.bytesPerTurn { await yield() }
            case .ended(let end): return end
            case .departed: throw ClientGone()
            case .dropped:
                // No [DONE]: it must be able to tell this from a whole answer.
                try await writer.write(farewell(Self.tooSlow))
                // Its own doing, and not the deployment's.
                return .broken(.clientClosed, error: Self.tooSlow.code)
            case nil:
                let limit = loop.now() + keepAlive
                await wait(until: limit)
                if loop.now() >= limit, !log.hasStep(self) { try await writer.write(CallerStyle.comment) }
            }
        }
    }

    private func wait(until limit: MonotonicInstant?) async {
        let start = loop.now()
        await withUnsafeContinuation { continuation in
            guard log.park(self, continuation) else { return continuation.resume() }
            guard let limit else { return }
            timer = loop.schedule(at: limit) { [weak self] in self?.timedOut() }
        }
        timer?.cancel()
        timer = nil
        waited += UInt64(max(0, start.nanoseconds(to: loop.now())))
    }

    private func timedOut() { log.wake(self) }

    /// A log that is always ahead would keep the loop from everybody else.
    private func yield() async {
        unyielded = 0
        await withUnsafeContinuation { continuation in
            _ = loop.schedule(after: .zero) { continuation.resume() }
        }
    }
}

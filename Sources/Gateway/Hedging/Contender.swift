import Reactor

/// One of two tries of which the first answer counts. Used by one task, on its loop.
final class Contender: @unchecked Sendable {
    // @unchecked: touched only on the loop of its exchange.

    let trial: Trial
    /// nil for a plain answer.
    let relay: StreamRelay?
    private let trials: TrialSequence
    private var awaited: UpstreamAwaited
    private let whole: UpstreamAwaited
    private var isWatched = false
    /// Whether something has come, or its transfer has ended.
    private(set) var hasSign = false
    /// When the head of a plain answer came, where that was waited for.
    private(set) var begunAt: MonotonicInstant?

    init(_ trial: Trial, _ relay: StreamRelay?, _ trials: TrialSequence, whole: UpstreamAwaited) {
        self.trial = trial
        self.relay = relay
        self.trials = trials
        self.whole = whole
        awaited = relay == nil ? whole : .head
    }

    private var exchange: any UpstreamExchange { trial.exchange }

    /// When it has to have begun to answer; nil where its transfer's own deadlines say so.
    var limit: MonotonicInstant? { relay == nil ? nil : trials.firstEventLimit(of: trial) }

    /// Whether it has a status that is no error.
    var hasBegun: Bool { exchange.head.map { $0.status < 300 } ?? false }

    // MARK: Alone

    /// Waits for its end, as far as a caller is promised anything before.
    /// - Parameter due: when to give up waiting for its beginning; nil for never.
    /// - Returns: nil when it had not begun by then.
    func news(unlessSilentUntil due: MonotonicInstant?) async -> TrialNews? {
        guard let relay else {
            await exchange.wait(for: .head, until: due)
            if due != nil, exchange.head == nil, !exchange.isFinished { return nil }
            begunAt = exchange.now()
            await exchange.wait(for: whole, until: nil)
            return .plain(PlainTrial(trial).result())
        }
        let limit = limit
        let opening = await relay.open(until: [limit, due].compactMap { $0 }.min(), errorsUntil: limit)
        if case .late = opening, due != nil, limit.map({ exchange.now() < $0 }) ?? true { return nil }
        return .stream(opening)
    }

    // MARK: Beside another

    /// Has `arrival` woken when something comes.
    func watch(_ arrival: FirstArrival) {
        guard !isWatched, !hasSign else { return }
        isWatched = true
        exchange.onArrival(of: awaited) { [self] in
            isWatched = false
            hasSign = true
            arrival.wake()
        }
    }

    /// - Returns: nil while it has come to nothing, good or bad.
    func look() async -> TrialNews? {
        guard let relay else { return hasSign ? .plain(PlainTrial(trial).result()) : nil }
        let now = exchange.now()
        let isDue = limit.map { $0 <= now } ?? false
        guard hasSign || isDue else { return nil }
        hasSign = false
        if !isDue, !exchange.isFinished, case .head = awaited, let head = exchange.head {
            // What an error says comes whole, and a comment is no event.
            awaited = (200..<300).contains(head.status) ? .bytes(1) : .bytes(StreamRelay.errorBodyBytesMax)
            if exchange.bytesWaiting == 0 || head.status >= 300 { return nil }
        }
        let opening = await relay.open(until: now)
        if case .late = opening, !isDue { return nil }
        return .stream(opening)
    }
}

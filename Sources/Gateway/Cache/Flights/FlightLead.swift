import Domain
import HTTP
import Reactor

/// What holds a flight up: the request that was the first, as long as anything of it is left. On that request's loop.
final class FlightLead: DepartureListener, @unchecked Sendable {
    // @unchecked: touched on its loop only, and let go of anywhere.

    let flight: Flight
    private let cache: AnswerCache
    let key: CacheKey
    private let deploymentID: String
    private let policy: CachePolicy
    private let tally: CacheTally
    let loop: EventLoop
    private let record: InferenceRecord
    /// Whether the caller would wait for less long than others.
    private let isImpatient: Bool
    /// Whether an answer of its surface tells why it ended, so that one that does not is no whole one.
    private let tellsReason: Bool
    /// Of its question, and the space that it is in; nil where no other is compared with it.
    var vector: (UnitVector, in: CacheKey)?
    /// Whether the failure that it comes to is no request's doing.
    var isUnserved = false
    private var hasCallerLeft = false
    private var isSettled = false
    /// The events go by way of the log, and whoever pumps them tells the end.
    private var isStreaming = false

    init(
        _ flight: Flight, _ key: CacheKey, _ policy: CachePolicy, _ tally: CacheTally, _ trials: TrialSequence,
        in cache: AnswerCache, on loop: EventLoop
    ) {
        self.flight = flight
        self.key = key
        self.policy = policy
        self.tally = tally
        self.cache = cache
        self.loop = loop
        record = trials.record
        deploymentID = trials.deploymentID
        isImpatient = trials.patience.isShort
        tellsReason = trials.chat.surface.answer.finishReason != nil
    }

    deinit {
        // The server never came to ask for the answer, or a failure of ours: nobody may wait for it.
        guard !isSettled else { return }
        cache.land(flight, key, keeping: nil, seconds: 0, tally)
        flight.end(.failed)
    }

    // MARK: The caller, and the provider

    /// The call that runs now, or the pause before the next; it ends when nobody waits.
    func hold(_ call: any DepartureListener) { flight.hold(call) }

    func callerDeparted() {
        callerLeft()
        flight.leave()
    }

    private func callerLeft() {
        hasCallerLeft = true
        record.callerLeft()
    }

    // MARK: The end

    /// What the leader's own caller is answered tells what all others are.
    func settle(_ response: Response) {
        guard !isSettled, !isStreaming else { return }
        guard record.endedWell, response.status == 200, case .bytes(let bytes) = response.body else {
            return end(failure(response), keeping: nil)
        }
        let answer = CachedAnswer(record.outcome, body: bytes, usageCuts: [], at: cache.now())
        end(.answer(answer), keeping: isWorthKeeping ? answer : nil, isNew: true)
    }

    private func failure(_ response: Response) -> FlightEnd {
        if flight.isDeserted { return .failed }
        if record.outcome.status == .upstreamTimeout, isImpatient { return .failed }
        if record.outcome.status == .clientClosed { return .failed }
        // A limit of ours is the leader's own: another key may have room.
        if record.outcome.status == .rateLimited, record.outcome.served == nil { return .failed }
        // What is wrong with a request may be in a member that is no part of its key, and what is written about it may
        // quote that: a refusal is its own caller's alone. A 429 may be one of a single user too, by `user`.
        guard response.status >= 500 else { return .unshared }
        // More than a batch holds of an answer is not too much for a caller.
        guard record.outcome.error != LineVerdict.tooLarge else { return .unshared }
        return SharedRefusal(response, record.outcome, isUnserved: isUnserved).map { .refused($0) } ?? .unshared
    }

    /// Has the events relayed to the log, from which the leader's own caller reads as all others do.
    func streamedAnswer(
        _ trial: Trial, _ relay: StreamRelay, _ trials: TrialSequence, on request: Request
    ) -> Response {
        let keepAlive = trials.patience.keepAlive
        guard let log = flight.log else { return trial.streamedAnswer(relay, keepAlive: keepAlive) }
        isStreaming = true
        record.served(by: trial.plan)
        flight.serves(trial.plan.arm)
        var response = Trial.streamHead()
        record.mark(&response, running: trial.exchange.waited)
        var reader: StreamReader?
        // Nothing of it has come, so that it can be read from its start.
        if !hasCallerLeft,
            let own = StreamReader(log, of: flight, wantsUsage: trials.chat.wantsUsage, on: loop)
        {
            own.onLeaving = { [weak self] in self?.callerLeft() }
            request.tieToCaller(own)
            reader = own
        }
        let pump = StreamPump(self, log, trial, relay, cutsUsage: trials.chat.surface.hasOptionalUsage)
        response.body = .stream { [reader] writer in
            guard let reader else { throw ClientGone() }
            let style = trials.chat.surface.style
            let end = try await reader.deliver(
                to: writer, keepAlive: keepAlive, farewell: { style.event($0, requestID: request.id) }
            ) { _ in }
            if StreamReader.isTooSlow(end) { return }
            switch end {
            case .broken(.clientClosed, _): throw ClientGone()
            case .answer: break
            case .broken: if let farewell = pump.farewell { try await writer.write(farewell) }
            case .refused, .failed, .unshared:
                guard let farewell = pump.farewell else { throw ClientGone() }
                try await writer.write(farewell)
            }
        }
        Task.immediate(executorPreference: loop) { await pump.run(keepAlive: keepAlive) }
        return response
    }

    /// It was there already, in the archive or for who asked something alike: it is the answer to this for as long as
    /// it is to that.
    func ended(known answer: CachedAnswer) { end(.answer(answer), keeping: answer) }

    /// The stream has ended well.
    func ended(_ recording: StreamLog.Recording?) {
        let answer = CachedAnswer(
            record.outcome, body: recording?.bytes ?? [], usageCuts: recording?.usageCuts ?? [], at: cache.now())
        end(.answer(answer), keeping: recording != nil && isWorthKeeping ? answer : nil, isNew: true)
    }

    /// - Parameter isNew: whether a provider has just made the answer.
    func end(_ end: FlightEnd, keeping answer: CachedAnswer?, isNew: Bool = false) {
        guard !isSettled else { return }
        isSettled = true
        cache.land(
            flight, key, keeping: answer, seconds: policy.seconds, tally,
            archivedFor: isNew && policy.isArchived ? deploymentID : nil, vector: vector)
        flight.end(end)
    }

    /// Of the assigned variant, at whichever of its places, or else its callers would be answered by another long after
    /// it has recovered; not cut short by a filter; and with the reason why it ended, where there is one.
    private var isWorthKeeping: Bool {
        let outcome = record.outcome
        guard let served = outcome.served, served.variant == outcome.arm.variant,
            outcome.finishReason != "content_filter",
            // Anthropic's word for it.
            outcome.finishReason != "refusal"
        else { return false }
        return outcome.finishReason != nil || !tellsReason
    }
}

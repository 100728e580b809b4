import Reactor
import Synchronization

/// One call of an upstream whose load is counted, from its beginning to its end. Whoever lets it go has ended it.
final class UpstreamVisit: Sendable {
    private let load: UpstreamLoad
    private let start: MonotonicInstant
    private let isStream: Bool
    private let isAnswered = Atomic<Bool>(false)
    private let isEnded = Atomic<Bool>(false)

    init(_ load: UpstreamLoad, isStream: Bool, from start: MonotonicInstant) {
        self.load = load
        self.isStream = isStream
        self.start = start
        load.begin()
    }

    deinit {
        if !isEnded.load(ordering: .relaxed) { load.end() }
    }

    /// The answer has begun: how long it then takes is for its length to say.
    func answered(at now: MonotonicInstant) { observe(.answered, at: now) }

    /// - Parameters:
    ///   - status: of the upstream, if it came so far.
    ///   - error: as in `Attempt`.
    func ended(status: Int?, error: String?, at now: MonotonicInstant) {
        guard !isEnded.exchange(true, ordering: .relaxed) else { return }
        load.end()
        observe(Self.ending(status, error), at: now)
    }

    private func observe(_ ending: UpstreamLoad.Ending, at now: MonotonicInstant) {
        guard !isAnswered.exchange(true, ordering: .relaxed) else { return }
        load.observe(ending, UInt64(max(0, start.nanoseconds(to: now))), isStream: isStream, at: now)
    }

    private static func ending(_ status: Int?, _ error: String?) -> UpstreamLoad.Ending {
        guard let error else { return .answered }
        if error == UpstreamFailure.cancelled.code || error == HedgedTry.hedgedOutCode { return .cancelled }
        switch status {
        // About our account, its time, its limit or what it has there, and not about what was sent.
        case (401...405)?, 408?, 429?: return .failed
        case let status? where (400..<500).contains(status): return .refused
        default: return .failed
        }
    }
}

import Reactor
import Synchronization

/// How busy and how fast a model of a provider is, as far as variants with several upstreams ask it: what all loops
/// know together. The others do not count their calls, which would cost them what they have no use for.
final class UpstreamLoad: Sendable {
    /// How a call ended, as far as its latency tells of the upstream.
    enum Ending: Sendable {
        case answered
        case failed
        /// Nobody waited for it any longer.
        case cancelled
        /// Refused for what the caller sent, which says nothing of how long the work takes.
        case refused
    }

    private struct State: Sendable {
        var outstanding = 0
        /// In a row.
        var refusals = 0
        /// To the end of plain answers: it comes when all of it was generated.
        var plain = PeakAverage()
        /// To the first event of streams.
        var streamed = PeakAverage()

        subscript(isStream: Bool) -> PeakAverage {
            get { isStream ? streamed : plain }
            set { if isStream { streamed = newValue } else { plain = newValue } }
        }
    }

    struct Reading: Sendable, Equatable {
        var outstanding: Int
        /// Nanoseconds; 0 for nothing known.
        var latency: Double
    }

    /// What a failure counts for at least: it is over soon, and must not look like a fast answer.
    private static let failureMin = 1e9
    /// What failures in a row come to at most.
    private static let failureMax = 60e9

    private let state = Mutex(State())

    func reading(isStream: Bool, at now: MonotonicInstant) -> Reading {
        let state = state.withLock { $0 }
        return Reading(outstanding: state.outstanding, latency: state[isStream].value(at: now.nanoseconds))
    }

    func begin() { state.withLock { $0.outstanding += 1 } }

    func end() { state.withLock { $0.outstanding -= 1 } }

    /// - Parameter elapsed: nanoseconds to the first byte or, where none came, to the end.
    func observe(_ ending: Ending, _ elapsed: UInt64, isStream: Bool, at now: MonotonicInstant) {
        state.withLock { state in
            let known = state[isStream].value(at: now.nanoseconds)
            switch ending {
            case .answered:
                state.refusals = 0
                state[isStream].observe(elapsed, at: now.nanoseconds)
            case .failed:
                let cost = min(Self.failureMax, max(Double(elapsed), Self.failureMin, 2 * known))
                state[isStream].observe(UInt64(cost), at: now.nanoseconds)
            case .cancelled:
                // It would have taken longer still; one that is never waited for to the end must not stay unknown.
                if Double(elapsed) > known { state[isStream].observe(elapsed, at: now.nanoseconds) }
            case .refused:
                // Soon over, as a failure is: a place that refuses everything must not look like the fastest one, nor
                // like one that nobody has asked. What one caller in a hundred does wrong changes nothing.
                let doubled = Double(1 << min(state.refusals, 16))
                state.refusals += 1
                let cost = max(Double(elapsed), (known > 0 ? known : Self.failureMin) * doubled)
                state[isStream].observe(UInt64(min(Self.failureMax, cost)), at: now.nanoseconds)
            }
        }
    }
}

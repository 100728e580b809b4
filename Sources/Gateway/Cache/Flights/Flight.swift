import Domain
import HTTP
import Synchronization

/// One call of a provider on behalf of all who ask the same while it runs. Whoever was the first leads it, and its loop
/// carries it; it goes on while anybody waits, the first one or not.
///
/// **Invariant**: a flight always ends, since what leads it ends it when it is let go of.
final class Flight: Sendable {
    private struct State {
        /// Who waits, the leader's own caller included.
        var riders = 1
        /// Whether more may join.
        var isOpen = true
        var end: FlightEnd?
        var followers: [any FlightFollower] = []
        /// The call, which ends when nobody waits, from whatever thread.
        var call: (any DepartureListener)?
        var served: OutcomeArm?
    }

    /// That of its deployment's tally when it began.
    let epoch: Int
    /// Where the events of a stream are; nil for a plain answer.
    let log: StreamLog?
    private let state = Mutex(State())

    init(epoch: Int, log: StreamLog? = nil) {
        self.epoch = epoch
        self.log = log
    }

    /// The call that runs from now on; it ends when the last one who waits has left.
    func hold(_ call: any DepartureListener) {
        let isDeserted = state.withLock { state in
            guard state.riders > 0, state.end == nil else { return state.end == nil }
            state.call = call
            return false
        }
        if isDeserted { call.callerDeparted() }
    }

    /// Who answers with a stream.
    func serves(_ arm: OutcomeArm) {
        state.withLock { $0.served = arm }
    }

    var served: OutcomeArm? { state.withLock { $0.served } }

    /// Whether all who waited have left before the end.
    var isDeserted: Bool { state.withLock { $0.riders == 0 && $0.end == nil } }

    /// - Returns: whether its answer can be waited for; whoever joined must `leave`, unless the end is reached.
    func join() -> Bool {
        if let log, !log.isWhole { return false }
        return state.withLock { state in
            guard state.isOpen, state.end == nil, state.riders > 0 else { return false }
            state.riders += 1
            return true
        }
    }

    /// Nobody joins any more.
    func close() {
        state.withLock { $0.isOpen = false }
    }

    /// Has one who joined told of the end.
    /// - Returns: the end, when it has come already; nothing is told then.
    func follow(_ follower: any FlightFollower) -> FlightEnd? {
        state.withLock { state in
            if state.end == nil { state.followers.append(follower) }
            return state.end
        }
    }

    /// One of those who wait has gone. Told of no end from here on, or of one that was on its way already.
    func leave(_ follower: (any FlightFollower)? = nil) {
        let deserted = state.withLock { state -> (any DepartureListener)? in
            if let follower { state.followers.removeAll { $0 === follower } }
            state.riders -= 1
            guard state.riders == 0, state.end == nil else { return nil }
            return state.call.take()
        }
        deserted?.callerDeparted()
    }

    /// The first end holds.
    func end(_ end: FlightEnd) {
        let followers = state.withLock { state -> [any FlightFollower] in
            guard state.end == nil else { return [] }
            state.end = end
            state.call = nil
            let followers = state.followers
            state.followers = []
            return followers
        }
        log?.end(end)
        for follower in followers { follower.flightEnded(end) }
    }
}

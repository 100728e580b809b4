/// The circuit breaker of one upstream (Nygard, "Release It!", 2007): after too many failures it is not asked for a
/// while, then by a few trial calls, and again when they went well. A value; instants are nanoseconds of one clock.
struct Breaker: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case closed
        case open(until: UInt64)
        case halfOpen
    }

    enum Verdict: Sendable, Equatable {
        case pass
        /// A trial call, whose end has to be told with this.
        case trial(Ticket)
        /// Not to be asked before this instant.
        case refuse(until: UInt64)
    }

    /// Which trial call it was.
    struct Ticket: Sendable, Equatable {
        fileprivate let generation: Int
        fileprivate let batch: Int
    }

    private let terms: BreakerTerms
    private(set) var state = State.closed
    private(set) var consecutiveFailures = 0
    private var counts: SlidingCounts
    /// Openings since it was calm; each doubles the time that the next one takes.
    private var openings = 0
    private var closedAt: UInt64 = 0
    /// Tells trial calls of this half-open time from those of an earlier one.
    private var generation = 0
    /// Tells trial calls that hold a place from those that took too long: their word still counts.
    private var batch = 0
    /// Of this batch.
    private var trialsOut = 0
    /// Of this generation.
    private var trialsGood = 0
    private var trialBeganAt: UInt64 = 0

    init(_ terms: BreakerTerms) {
        self.terms = terms
        counts = SlidingCounts(window: terms.window)
    }

    /// Whether nothing has happened of late that it would have to go on watching.
    func isCalm(at now: UInt64) -> Bool {
        guard case .closed = state, consecutiveFailures == 0, counts.sums(at: now).failures == 0 else { return false }
        return openings == 0 || now >= closedAt + terms.window
    }

    func sums(at now: UInt64) -> (requests: Int, failures: Int) { counts.sums(at: now) }

    /// Whether `admit` would refuse, without asking for a trial call.
    func refuses(at now: UInt64) -> Bool {
        switch state {
        case .closed: false
        case .open(let until): now < until
        case .halfOpen: trialsOut >= terms.trials && now < trialBeganAt + openTime
        }
    }

    mutating func admit(at now: UInt64) -> Verdict {
        if case .closed = state {
            forgetOpenings(at: now)
            return .pass
        }
        if case .open(let until) = state {
            guard now >= until else { return .refuse(until: until) }
            state = .halfOpen
            generation += 1
            trialsGood = 0
            restartTrials()
        }
        if trialsOut >= terms.trials {
            // A trial call that takes long must not keep everybody else out: after a while its place is another's.
            guard now >= trialBeganAt + openTime else { return .refuse(until: trialBeganAt + openTime) }
            restartTrials()
        }
        trialsOut += 1
        trialBeganAt = now
        return .trial(Ticket(generation: generation, batch: batch))
    }

    /// - Parameter trial: which trial call it was; nil for any other.
    mutating func succeeded(_ trial: Ticket?, at now: UInt64) {
        switch state {
        case .closed:
            consecutiveFailures = 0
            counts.add(isFailure: false, at: now)
            forgetOpenings(at: now)
        case .halfOpen where trial?.generation == generation:
            if trial?.batch == batch { trialsOut -= 1 }
            trialsGood += 1
            guard trialsGood >= terms.trials else { return }
            state = .closed
            closedAt = now
            consecutiveFailures = 0
            counts.clear()
        // What began before it opened says nothing about now.
        case .open, .halfOpen: break
        }
    }

    /// - Parameter trial: which trial call it was; nil for any other.
    mutating func failed(_ trial: Ticket?, at now: UInt64) {
        guard terms.isOn else { return }
        switch state {
        case .closed:
            // Nobody tells it of what goes well while it is calm, so it may not have heard of the window's end.
            forgetOpenings(at: now)
            consecutiveFailures += 1
            counts.add(isFailure: true, at: now)
            let sums = counts.sums(at: now)
            let isRow = terms.consecutiveFailures > 0 && consecutiveFailures >= terms.consecutiveFailures
            let isShare = sums.requests >= terms.requestsMin && sums.failures * 100 >= sums.requests * terms.percent
            if isRow || isShare { open(at: now) }
        case .halfOpen where trial?.generation == generation: open(at: now)
        case .open, .halfOpen: break
        }
    }

    /// A trial call ended and told nothing: its caller left, or it was never sent.
    mutating func released(_ trial: Ticket) {
        if case .halfOpen = state, trial.batch == batch { trialsOut -= 1 }
    }

    private mutating func forgetOpenings(at now: UInt64) {
        if openings > 0, isCalm(at: now) { openings = 0 }
    }

    private mutating func open(at now: UInt64) {
        openings += 1
        state = .open(until: now + openTime)
        consecutiveFailures = 0
        counts.clear()
    }

    /// Nanoseconds: doubled with each opening that was not followed by a calm window.
    private var openTime: UInt64 {
        min(terms.openTimeMax, terms.openTime << UInt64(min(max(0, openings - 1), 16)))
    }

    private mutating func restartTrials() {
        batch += 1
        trialsOut = 0
    }
}

import Synchronization

/// The generic cell rate algorithm in its virtual scheduling form (ITU-T Recommendation I.371, Annex A; ATM Forum,
/// Traffic Management 4.0, §4.4): all that it remembers is the theoretical arrival time, when all that was taken will
/// have come back. One atomic number, changed by compare-and-exchange, so that it is exact however many threads take
/// from it, and nobody waits for anybody. Lies in what holds it: as an object of its own it would be held and let go of
/// for every look at it.
package struct CellClock: ~Copyable, Sendable {
    package enum Verdict: Sendable, Equatable {
        case taken
        /// So many nanoseconds until there is room, if nobody else takes it.
        case after(UInt64)
        /// More than the rule ever lets through at once.
        case never
    }

    /// Nanoseconds of a monotonic clock.
    private let arrival = Atomic<UInt64>(0)

    package init() {}

    /// - Parameter now: nanoseconds of the clock; one that lags behind makes it stricter, never laxer.
    package func take(_ cells: UInt64, _ rule: CellRule, at now: UInt64) -> Verdict {
        guard cells <= rule.capacity else { return .never }
        let cost = rule.nanoseconds(cells)
        var seen = arrival.load(ordering: .relaxed)
        while true {
            let next = Self.sum(max(seen, now), cost)
            guard next &- now <= rule.window else { return .after(next &- now &- rule.window) }
            let (isDone, current) = arrival.weakCompareExchange(
                expected: seen, desired: next, successOrdering: .releasing, failureOrdering: .relaxed)
            if isDone { return .taken }
            seen = current
        }
    }

    /// More was used than had been taken: it counts, whether there is room for it or not.
    package func charge(_ cells: UInt64, _ rule: CellRule, at now: UInt64) {
        guard cells > 0 else { return }
        let cost = min(rule.nanoseconds(cells), Self.debtMax)
        change { seen in max(seen, min(Self.sum(max(seen, now), cost), Self.sum(now, Self.debtMax))) }
    }

    /// Less was used than had been taken. What came back since by the passing of time is not given a second time: of
    /// the nanoseconds that are due, those that have passed are left out. So the clock is never before the one that
    /// would have known the true numbers all along.
    ///
    /// Why: say that the clock which knew is at T and this one at S, both moved up to the present where they are
    /// behind it. Taking r of which u will be used moves S by cost(r), T by cost(u), and so S - T grows by `due` at
    /// least; from then on only time makes it less, and by no more than what has passed, since only T is behind the
    /// present while S is not. What is given back is at most that difference. With several at once, time takes from
    /// their sum once, and this leaves it out of each.
    ///
    /// - Parameter now: read after the arrival time is, each time that it is: somebody may have taken meanwhile what
    ///   has come back by then.
    package func giveBack(_ cells: UInt64, _ rule: CellRule, takenAt: UInt64, at now: @autoclosure () -> UInt64) {
        guard cells > 0 else { return }
        // Rounded down, the other way from when it was taken.
        let due = rule.nanoseconds(cells) &- 1
        change { seen in
            let now = now()
            let passed = now > takenAt ? now &- takenAt : 0
            guard due > passed else { return seen }
            return seen > due &- passed ? seen &- (due &- passed) : 0
        }
    }

    /// What is left, and after how many nanoseconds all of it will be there.
    package func state(_ rule: CellRule, at now: UInt64) -> (remaining: UInt64, untilFull: UInt64) {
        let seen = arrival.load(ordering: .relaxed)
        let ahead = seen > now ? seen &- now : 0
        return (ahead >= rule.window ? 0 : min(rule.capacity, rule.cells(rule.window &- ahead)), ahead)
    }

    /// A day: a provider that lies about usage does not lock a caller out for ever.
    private static let debtMax: UInt64 = 86_400_000_000_000

    /// The end of time is where it stays.
    private static func sum(_ instant: UInt64, _ nanoseconds: UInt64) -> UInt64 {
        let (sum, overflow) = instant.addingReportingOverflow(nanoseconds)
        return overflow ? .max : sum
    }

    private func change(_ make: (UInt64) -> UInt64) {
        // Whatever was taken before is seen before the clock is read.
        var seen = arrival.load(ordering: .acquiring)
        while true {
            let next = make(seen)
            guard next != seen else { return }
            let (isDone, current) = arrival.weakCompareExchange(
                expected: seen, desired: next, successOrdering: .releasing, failureOrdering: .acquiring)
            if isDone { return }
            seen = current
        }
    }
}

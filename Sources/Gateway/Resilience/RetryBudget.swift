/// How many retries an upstream may have: a share of the requests that it gets, and a few each second for upstreams
/// that get few (Finagle's RetryBudget, Envoy's retry_budget). So an outage is met with a fifth more requests, and not
/// with a multiple of them. A token bucket; instants are nanoseconds of one clock, of which later ones may come first.
struct RetryBudget: Sendable, Equatable {
    struct Terms: Sendable, Equatable {
        /// What a request adds, in thousandths of a retry.
        let share: Int
        /// Retries that each second adds.
        let perSecond: Int

        init(percent: Int, perSecond: Int) {
            share = percent * 10
            self.perSecond = perSecond
        }

        /// Thousandths: what ten seconds without requests add, but enough for a few retries at least.
        var capacity: Int { share == 0 && perSecond == 0 ? 0 : max(10, perSecond * 10) * 1_000 }
    }

    private let terms: Terms
    /// Thousandths of a retry.
    private var tokens: Int
    private var refilledAt: UInt64 = 0

    /// Full.
    init(_ terms: Terms) {
        self.terms = terms
        tokens = terms.capacity
    }

    var isFull: Bool { tokens >= terms.capacity }

    /// A request goes to the upstream. A full bucket need not be told.
    mutating func deposit(at now: UInt64) {
        refill(at: now)
        tokens = min(terms.capacity, tokens + terms.share)
    }

    /// - Returns: whether there may be a retry now; if so it is taken.
    mutating func withdraw(at now: UInt64) -> Bool {
        refill(at: now)
        guard tokens >= 1_000 else { return false }
        tokens -= 1_000
        return true
    }

    /// One that was taken is not made.
    mutating func giveBack() { tokens = min(terms.capacity, tokens + 1_000) }

    private mutating func refill(at now: UInt64) {
        // The first look begins the counting, the bucket being full then.
        if isFull || refilledAt == 0 { refilledAt = max(refilledAt, now) }
        guard now > refilledAt, terms.perSecond > 0 else { return }
        let step = 1_000_000 / UInt64(terms.perSecond)
        guard step > 0 else {
            tokens = terms.capacity
            refilledAt = now
            return
        }
        // Whole thousandths only: what is left over counts the next time.
        let added = (now - refilledAt) / step
        refilledAt += added * step
        tokens = Int(min(UInt64(terms.capacity), UInt64(tokens) + min(added, UInt64(terms.capacity))))
    }
}

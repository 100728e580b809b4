import Support
import Testing

@testable import Gateway

@Suite struct RetryBudgetTests {
    private static let second: UInt64 = 1_000_000_000

    /// All that it gives at one moment.
    private static func withdrawn(_ budget: inout RetryBudget, at now: UInt64) -> Int {
        var count = 0
        while count < 1_000, budget.withdraw(at: now) { count += 1 }
        return count
    }

    /// Over any stretch of time: what was saved up, and a share of the requests, and so many a second.
    @Test(arguments: 0..<40)
    func retriesStayWithinTheShare(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let percent = Int.random(in: 0...100, using: &random)
        let perSecond = Int.random(in: 0...50, using: &random)
        let terms = RetryBudget.Terms(percent: percent, perSecond: perSecond)
        var budget = RetryBudget(terms)
        var now = UInt64.random(in: 1...(1 << 50), using: &random)
        var stretch = (start: now, requests: 0, retries: 0)
        for _ in 0..<4_000 {
            now += UInt64.random(in: 0...(20_000_000), using: &random)
            if Int.random(in: 0..<200, using: &random) == 0 { stretch = (now, 0, 0) }
            // Loops read their clocks one after the other, and may come to the lock in another order.
            let read = now - UInt64.random(in: 0...1_000_000, using: &random)
            if Bool.random(using: &random) {
                budget.deposit(at: read)
                stretch.requests += 1
            } else if budget.withdraw(at: read) {
                stretch.retries += 1
            }
            let seconds = Double(now - stretch.start + 1_000_000) / 1e9
            let most =
                Double(terms.capacity) / 1_000 + Double(percent * stretch.requests) / 100
                + seconds * Double(perSecond)
            #expect(Double(stretch.retries) <= most + 0.001)
        }
    }

    @Test func anEmptyBudgetFillsWithTimeAndWithRequests() {
        var budget = RetryBudget(.init(percent: 20, perSecond: 2))
        var now = Self.second
        #expect(budget.isFull)
        #expect(Self.withdrawn(&budget, at: now) == 20)
        // Half a second is one retry, and not a second one.
        now += Self.second / 2
        #expect(Self.withdrawn(&budget, at: now) == 1)
        for _ in 0..<5 { budget.deposit(at: now) }
        #expect(Self.withdrawn(&budget, at: now) == 1)
        #expect(!budget.isFull)
        budget.deposit(at: now + 3_600 * Self.second)
        #expect(budget.isFull)
        #expect(Self.withdrawn(&budget, at: now + 3_600 * Self.second) == 20)
    }

    @Test func aBudgetOfNothingAllowsNothing() {
        var budget = RetryBudget(.init(percent: 0, perSecond: 0))
        #expect(budget.isFull)
        for step in 1..<100 {
            budget.deposit(at: UInt64(step) * Self.second)
            #expect(Self.withdrawn(&budget, at: UInt64(step) * Self.second) == 0)
        }
        // What is not counted in seconds saves up a few all the same.
        var share = RetryBudget(.init(percent: 10, perSecond: 0))
        #expect(Self.withdrawn(&share, at: 100 * Self.second) == 10)
    }
}

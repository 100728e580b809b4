import Domain
import SQL
import Support
import Testing

@testable import Telemetry

/// What was spent, as budgets read it back: in the file with the outcomes, and leased ahead of them.
@Suite struct SpendingTests {
    private static let now = Timestamp(milliseconds: TelemetryHarness.hour + 300_250)
    private static let day = BudgetPeriod.dayMilliseconds

    private func history(
        _ book: SpendingBook, _ kind: LimitedSubject.Kind, _ id: String, _ period: BudgetPeriod = .day
    ) -> SpendingHistory {
        book.history(of: LimitedSubject(kind, id), period, at: Self.now)
    }

    private func reread(_ harness: TelemetryHarness) async throws -> SpendingBook {
        let book = SpendingBook()
        try await book.load(from: harness.file, at: Self.now)
        return book
    }

    @Test func spendingIsAddedUpBySubjectAndPeriodAndReadBackTheSame() async throws {
        let harness = try await TelemetryHarness(batch: 3)
        func spend(_ charge: Int64?, at offset: Int64 = 1_000, key: String = "k", deployment: String = "d") {
            harness.record(at: offset) {
                $0.chargeMicroUSD = charge
                $0.keyID = key
                $0.arm = .of(deploymentID: deployment)
            }
        }
        for _ in 0..<10 { spend(7) }
        spend(100, key: "other")
        spend(1_000, deployment: "e")
        // A vector that the cache asked for on behalf of the key.
        harness.record(at: 1_000) {
            $0.chargeMicroUSD = 9
            $0.origin = .cache
            $0.arm = .of(deploymentID: "f")
        }
        // Yesterday, a Friday of the same week and month; the week before; the month before.
        spend(20, at: -Self.day)
        spend(300, at: -6 * Self.day)
        spend(4_000, at: -40 * Self.day)
        // No price, and a probe.
        spend(nil)
        harness.record {
            $0.chargeMicroUSD = 5_000
            $0.origin = .probe
        }
        harness.record {
            $0.chargeMicroUSD = 5_000
            $0.origin = .mirror
        }
        try await harness.writer.flush()
        let fresh = try await reread(harness)
        for book in [harness.writer.spending, fresh] {
            #expect(history(book, .key, "k").spent == 1_079)
            #expect(history(book, .key, "k", .week).spent == 1_099)
            #expect(history(book, .key, "k", .month).spent == 1_399)
            #expect(history(book, .key, "other").spent == 100)
            #expect(history(book, .deployment, "d").spent == 170)
            #expect(history(book, .deployment, "e").spent == 1_000)
            #expect(history(book, .project, "default").spent == 1_179)
            #expect(history(book, .key, "nobody").spent == 0)
        }
        let tomorrow = Self.now.advanced(byMilliseconds: Self.day)
        #expect(fresh.history(of: LimitedSubject(.key, "k"), .day, at: tomorrow).spent == 0)
    }

    @Test func aBatchThatFailsIsNotCountedAndThenOnce() async throws {
        let harness = try await TelemetryHarness()
        harness.record { $0.chargeMicroUSD = 50 }
        try await harness.file.write { try $0.execute("ALTER TABLE spending RENAME TO hidden", []) }
        await #expect(throws: (any Error).self) { try await harness.writer.flush() }
        #expect(history(harness.writer.spending, .key, "k").spent == 0)
        try await harness.file.write { try $0.execute("ALTER TABLE hidden RENAME TO spending", []) }
        try await harness.writer.flush()
        #expect(history(harness.writer.spending, .key, "k").spent == 50)
        #expect(history(try await reread(harness), .key, "k").spent == 50)
    }

    /// Whatever a provider says of its tokens: the batch is written, and the sum stays at the greatest number.
    @Test func moneyBeyondAllMeasureHoldsNothingUp() async throws {
        let harness = try await TelemetryHarness()
        for charge in [Int64.max, 1, Int64.max - 1, 7] {
            harness.record { $0.chargeMicroUSD = charge }
            try await harness.writer.flush()
        }
        #expect(harness.writer.failedBatches == 0)
        #expect(harness.writer.setAside == 0)
        #expect(history(try await reread(harness), .key, "k").spent == .max)
        #expect(history(harness.writer.spending, .key, "k").spent == .max)
    }

    /// A process that is killed has leased what it had promised: the next one counts it as spent.
    @Test func whatACrashLeavesBehindIsNeverLessThanWhatWasSpent() async throws {
        let harness = try await TelemetryHarness()
        let clock = WallClock { Self.now }
        let budget = Budget(microUSD: 16_000, period: .day)
        let meters = MeterBook(clock: clock)
        let meter = try #require(meters.meter(.key, id: "k", name: "k", limits: nil, budget: budget))
        let leases = BudgetLeases(meters: meters, database: harness.file, clock: clock)
        try await leases.renew()
        // Nothing is spent, and a sixteenth is leased.
        #expect(history(try await reread(harness), .key, "k").leased == 1_000)
        var holds: [Meter.Hold] = []
        for _ in 0..<7 {
            guard
                case .taken(let hold) = meter.take(
                    tokens: 0, ceiling: 900, allowsUnpriced: false, now: 1, later: 1, wall: Self.now)
            else {
                Issue.record("refused")
                return
            }
            holds.append(hold)
            if hold.needsLease { try await leases.renew() }
        }
        for hold in holds.prefix(4) { _ = meter.settle(hold, used: nil, spent: 800, now: 2) }
        // Killed here: 3,200 are spent, no outcome is in the file, three inferences run.
        let next = try await reread(harness)
        let account = BudgetAccount(
            period: .day, next.history(of: meter.subject, .day, at: Self.now), at: Self.now)
        let counted = account.current(at: Self.now).spent
        #expect(counted >= 4 * 800 + 3 * 900)
        // What nobody spent and counts as spent is a sixteenth of the budget, beside what was promised.
        #expect(counted <= 7 * 900 + 1_000)
    }

    @Test func whoeverStopsInOrderLeavesNothingLeased() async throws {
        let harness = try await TelemetryHarness()
        let clock = WallClock { Self.now }
        let meters = MeterBook(clock: clock)
        let budget = Budget(microUSD: 16_000, period: .month)
        let meter = try #require(meters.meter(.project, id: "default", name: "default", limits: nil, budget: budget))
        let leases = BudgetLeases(meters: meters, database: harness.file, clock: clock)
        try await leases.renew()
        guard
            case .taken(let hold) = meter.take(
                tokens: 0, ceiling: 900, allowsUnpriced: false, now: 1, later: 1, wall: Self.now)
        else {
            Issue.record("refused")
            return
        }
        _ = meter.settle(hold, used: nil, spent: 33, now: 2)
        harness.record { $0.chargeMicroUSD = 33 }
        try await harness.writer.flush()
        try await leases.close()
        let found = history(try await reread(harness), .project, "default", .month)
        #expect(found == SpendingHistory(spent: 33, leased: 33))
    }

    @Test func leasesAreRenewedWhenABudgetComesNearItsEndAndNotOtherwise() async throws {
        let harness = try await TelemetryHarness()
        let clock = WallClock { Self.now }
        let meters = MeterBook(clock: clock)
        let meter = try #require(
            meters.meter(.key, id: "k", name: "k", limits: nil, budget: Budget(microUSD: 16_000, period: .day)))
        let leases = BudgetLeases(meters: meters, database: harness.file, clock: clock)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await leases.run() }
            while leases.writes < 1 { await Task.yield() }
            for _ in 0..<3 {
                let before = leases.writes
                guard
                    case .taken(let hold) = meter.take(
                        tokens: 0, ceiling: 2_000, allowsUnpriced: false, now: 1, later: 1, wall: Self.now)
                else {
                    Issue.record("refused")
                    break
                }
                #expect(hold.needsLease)
                leases.want()
                while leases.writes == before { await Task.yield() }
            }
            group.cancelAll()
        }
        #expect(leases.writes == 4)
        try await leases.renew()
        #expect(leases.writes == 4)
    }

    /// What was spent while the clock was a month ahead counts when it is right again, then and after a restart.
    @Test func aClockThatWasAheadHidesNothingThatWasSpent() async throws {
        let harness = try await TelemetryHarness()
        func spend(_ charge: Int64, at offset: Int64) {
            harness.record(at: offset) {
                $0.chargeMicroUSD = charge
                $0.keyID = "k"
            }
        }
        spend(100, at: 1_000)
        spend(20, at: -Self.day)
        try await harness.writer.flush()
        spend(7, at: 40 * Self.day)
        try await harness.writer.flush()
        spend(3, at: 2_000)
        try await harness.writer.flush()
        try await harness.file.write {
            try SpendingStore.write(
                [
                    BudgetLease(
                        subject: LimitedSubject(.key, "k"), period: .day,
                        start: BudgetPeriod.day.span(of: Self.now.advanced(byMilliseconds: 40 * Self.day)).lowerBound,
                        microUSD: 55)
                ], in: $0)
        }
        let fresh = try await reread(harness)
        for book in [harness.writer.spending, fresh] {
            #expect(history(book, .key, "k").spent == 110)
            #expect(history(book, .key, "k", .month).spent == 130)
        }
        #expect(history(fresh, .key, "k").leased == 55)
    }

    /// What counts in budgets, with the writer that tells it what is in the file.
    private struct Counting {
        let harness: TelemetryHarness
        let clock = HandClock()
        let meters: MeterBook
        let writer: OutcomeWriter

        init() async throws {
            harness = try await TelemetryHarness()
            let (clock, spending) = (clock, SpendingBook())
            meters = MeterBook(clock: WallClock { clock.now }) { spending.history(of: $0, $1, at: $2) }
            writer = OutcomeWriter(
                queue: harness.queue, database: harness.file, totals: harness.totals, spending: spending,
                meters: meters)
        }

        /// - Parameter meters: that have counted it.
        func record(
            _ charge: Int64, at offset: Int64, origin: Outcome.Origin = .traffic, by meters: Outcome.Meters? = nil
        ) {
            harness.record(at: offset) {
                $0.chargeMicroUSD = charge
                $0.meters = meters
                $0.origin = origin
                $0.arm = .of(deploymentID: "d")
            }
        }

        func spent(_ kind: LimitedSubject.Kind, _ id: String) -> Int64? {
            meters.spending(of: LimitedSubject(kind, id))?.spent
        }

        /// An inference that takes of the meter.
        func spend(_ charge: Int64, of meter: Meter?) throws {
            let meter = try #require(meter)
            guard
                case .taken(let hold) = meter.take(
                    tokens: 0, ceiling: charge, allowsUnpriced: false, now: 1, later: 1, wall: clock.now)
            else {
                Issue.record("refused")
                return
            }
            meter.settle(hold, used: 0, spent: charge, now: 2)
        }
    }

    @Test func whatWasOnItsWayWhenABudgetWasTurnedOnIsCountedOnce() async throws {
        let counting = try await Counting()
        counting.record(100, at: 1_000)
        try await counting.writer.flush()
        counting.record(20, at: 2_000)
        let meter = counting.meters.meter(
            .key, id: "k", name: "k", limits: nil, budget: Budget(microUSD: 10_000, period: .day))
        #expect(counting.spent(.key, "k") == 100)
        // The table is not there for requests yet.
        counting.record(3, at: 400_000)
        counting.clock.advance(milliseconds: 200_000)
        counting.meters.published()
        try await counting.writer.flush()
        #expect(counting.spent(.key, "k") == 123)
        // One that began before, and one that counted itself; yesterday's and the monitor's are nothing to it.
        counting.record(5, at: 450_000)
        var own = Outcome.Meters()
        own.caller = [try #require(meter)]
        counting.record(7, at: 501_000, by: own)
        try counting.spend(7, of: meter)
        counting.record(1_000, at: -Self.day)
        counting.record(1_000, at: 3_000, origin: .probe)
        try await counting.writer.flush()
        #expect(counting.spent(.key, "k") == 135)
        #expect(history(try await reread(counting.harness), .key, "k").spent == 135)
    }

    @Test func aBudgetThatCameToNothingKnowsWhatWasSpentWhenItIsTurnedOnAgain() async throws {
        let counting = try await Counting()
        func meter(_ budget: Budget?) -> Meter? {
            counting.meters.meter(.key, id: "k", name: "k", limits: nil, budget: budget)
        }
        let budget = Budget(microUSD: 10_000, period: .month)
        _ = meter(budget)
        // Its transaction is rolled back, and requests go on without it.
        counting.record(40, at: 310_000)
        try await counting.writer.flush()
        counting.clock.advance(milliseconds: 100_000)
        try counting.spend(2, of: meter(nil))
        counting.meters.published()
        _ = meter(budget)
        counting.meters.published()
        #expect(counting.spent(.key, "k") == 42)
    }

    /// Its plan is made by the first inference that takes its meter, which is not the first that began.
    @Test func theFirstInferenceUnderADeploymentsBudgetIsCountedOnce() async throws {
        let counting = try await Counting()
        var own = Outcome.Meters()
        own.deployment = counting.meters.meter(
            .deployment, id: "d", name: "d", limits: nil, budget: Budget(microUSD: 10_000, period: .day))
        try counting.spend(7, of: own.deployment)
        counting.record(7, at: 299_000, by: own)
        counting.record(30, at: 300_000)
        try await counting.writer.flush()
        #expect(counting.spent(.deployment, "d") == 37)
        #expect(history(try await reread(counting.harness), .deployment, "d").spent == 37)
    }

    /// Of two budgets one after the other each counts what the other's inferences cost, once.
    @Test func whatRanUnderTheBudgetBeforeIsCountedInTheNewOneWhenItIsWritten() async throws {
        let counting = try await Counting()
        func meter(_ period: BudgetPeriod) -> Meter? {
            counting.meters.meter(
                .deployment, id: "d", name: "d", limits: nil, budget: Budget(microUSD: 10_000, period: period))
        }
        var before = Outcome.Meters()
        before.deployment = meter(.day)
        var after = Outcome.Meters()
        after.deployment = meter(.week)
        try counting.spend(30, of: before.deployment)
        counting.record(30, at: 300_000, by: before)
        try counting.spend(7, of: after.deployment)
        counting.record(7, at: 301_000, by: after)
        try await counting.writer.flush()
        #expect(counting.spent(.deployment, "d") == 37)
        _ = meter(.day)
        #expect(counting.spent(.deployment, "d") == 37)
    }
}

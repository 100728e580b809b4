import Domain
import JSON
import Reactor
import Support
import Testing

@testable import Gateway

@Suite struct MirrorBudgetTests {
    private static func instant(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1 + UInt64(seconds * 1e9))
    }

    private static func counts(_ budget: MirrorBudget) -> [MirrorFate: Int] {
        Dictionary(uniqueKeysWithValues: budget.counts.map { ($0.fate, $0.count) })
    }

    @Test func asManyAreUnderWayAsMayBe() {
        let budget = MirrorBudget(project: "default", deployment: "bot")
        func begin() -> Bool { budget.begin(concurrent: 2, perMinute: 100, at: Self.instant(0)) }
        #expect(begin() && begin() && !begin())
        #expect(budget.running == 2 && Self.counts(budget)[.concurrency] == 1)
        budget.end()
        #expect(begin() && !begin())
    }

    @Test func withinAnySixtySecondsNoMoreBeginThanMay() {
        let budget = MirrorBudget(project: "default", deployment: "bot")
        var begun: [Double] = []
        var random = SeededGenerator(seed: 5)
        var now = 0.0
        for _ in 0..<20_000 {
            now += Double(random.next() % 1_000) / 5_000
            guard budget.begin(concurrent: 1, perMinute: 30, at: Self.instant(now)) else { continue }
            begun.append(now)
            budget.end()
        }
        for (index, first) in begun.enumerated() where index + 30 < begun.count {
            #expect(begun[index + 30] - first >= 59.999)
        }
        // And nearly as many as that.
        #expect(Double(begun.count) > now / 60 * 29)
        #expect(Self.counts(budget)[.rate] == 20_000 - begun.count)
    }

    @Test func aRevisionThatAllowsAnotherNumberRemembersTheLastOnes() {
        let budget = MirrorBudget(project: "default", deployment: "bot")
        func begin(_ perMinute: Int, _ seconds: Double) -> Bool {
            defer { if budget.running > 0 { budget.end() } }
            return budget.begin(concurrent: 1, perMinute: perMinute, at: Self.instant(seconds))
        }
        #expect((0..<4).allSatisfy { begin(4, Double($0)) })
        #expect(!begin(4, 10))
        #expect(begin(6, 10) && begin(6, 11) && !begin(6, 12))
        #expect(!begin(2, 13) && !begin(2, 69.9))
        #expect(begin(2, 70.1) && !begin(2, 70.2) && begin(2, 71.1))
        #expect(begin(6_000, 72))
    }

    @Test func aSmallerShareIsAPartOfALargerOneAndBothAreWhatIsSaid() async throws {
        func mirror(_ share: Double) throws -> Mirror {
            let shadow = Rig.variant("shadow", "http://127.0.0.1:1", weight: 0)
            let deployment = Rig.deployment(
                "bot", [Rig.variant("v0", "http://127.0.0.1:1", weight: 100), shadow],
                options: ["mirror": ["variant": "shadow", "share": .number(share)]])
            let gateway = Gateway(
                routing: Snapshot(RoutingTable([deployment])), pinned: { _, _, _, _ in nil }, recorder: OutcomeLog(),
                identifiers: IdentifierGenerator(clock: WallClock { Timestamp(milliseconds: 0) }),
                clock: WallClock { Timestamp(milliseconds: 0) }, loops: [])
            let plan = DeploymentPlan.of(deployment, gateway, at: Timestamp(milliseconds: 0))
            return try #require(plan.mirror)
        }
        let (few, many, all, none) = (try mirror(5), try mirror(30), try mirror(100), try mirror(0))
        var random = SeededGenerator(seed: 11)
        var counts = [0, 0]
        for _ in 0..<20_000 {
            // Ids of one millisecond differ in their last bits alone.
            let id = ULID(high: 1_760_000_000_000 << 16, low: random.next() >> 40)
            if few.takes(id) {
                counts[0] += 1
                #expect(many.takes(id))
            }
            if many.takes(id) { counts[1] += 1 }
            #expect(all.takes(id) && !none.takes(id))
        }
        #expect(abs(Double(counts[0]) / 20_000 - 0.05) < 0.01 && abs(Double(counts[1]) / 20_000 - 0.3) < 0.02)
    }
}

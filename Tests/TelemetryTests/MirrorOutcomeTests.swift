import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Telemetry

/// What a shadow answered, beside what its caller got.
@Suite struct MirrorOutcomeTests {
    @discardableResult
    private func pair(_ harness: TelemetryHarness, request: String) -> (live: Outcome, mirror: Outcome) {
        let live = harness.record {
            $0.requestID = request
            $0.latencyMilliseconds = 10
        }
        let mirror = harness.record {
            $0.requestID = request
            $0.arm = .of(variant: "shadow")
            $0.latencyMilliseconds = 500
            $0.origin = .mirror
            $0.mirrorOf = live.id
            $0.costMicroUSD = 7
        }
        return (live, mirror)
    }

    @Test func bothAreReadByTheIdOfEither() async throws {
        let harness = try await TelemetryHarness()
        // Callers may give many requests the same id.
        let others = (0..<3).map { _ in pair(harness, request: "r") }
        let (live, mirror) = pair(harness, request: "r")
        for id in [live.id, mirror.id] {
            let found = await harness.send(.get, "/outcomes/\(id.text)/mirror")
            #expect(found.status == 200)
            #expect(found.json["live"]?["id"] == .string(live.id.text))
            #expect(found.json["mirror"]?["id"] == .string(mirror.id.text))
            #expect(found.json["mirror"]?["mirror_of"] == .string(live.id.text))
            #expect(found.json["mirror"]?["origin"] == "mirror" && found.json["mirror"]?["cost_micro_usd"] == 7)
            #expect(found.json["live"]?["mirror_of"] == .null)
        }
        let first = await harness.send(.get, "/outcomes/\(others[0].live.id.text)/mirror")
        #expect(first.json["mirror"]?["id"] == .string(others[0].mirror.id.text))
    }

    @Test func whereThereIsNoneItIsNullAndOthersDoNotSeeIt() async throws {
        let harness = try await TelemetryHarness()
        let (live, mirror) = pair(harness, request: "r")
        let alone = harness.record { $0.requestID = "r" }
        let orphan = harness.record {
            $0.origin = .mirror
            $0.mirrorOf = TelemetryHarness.id(99_999)
        }
        #expect(await harness.send(.get, "/outcomes/\(alone.id.text)/mirror").json["mirror"] == .null)
        #expect(await harness.send(.get, "/outcomes/\(orphan.id.text)/mirror").json["live"] == .null)
        for id in [live.id, mirror.id] {
            #expect(await harness.send(.get, "/outcomes/\(id.text)/mirror", as: "other").status == 404)
        }
        #expect(await harness.send(.get, "/outcomes/nonsense/mirror").status == 404)
    }

    @Test func noMetricOfTheLiveVariantsCountsIt() async throws {
        let harness = try await TelemetryHarness()
        for number in 0..<4 { pair(harness, request: "r-\(number)") }
        let summary = await harness.send(
            .get, "/metrics/summary?deployment=bot&from=2026-01-31T09:00:00Z&to=2026-01-31T09:10:00Z&group_by=variant")
        #expect(summary.json["groups"]?.arrayValue?.map { $0["variant"] } == ["a"])
        #expect(summary.json["groups"]?[0]?["requests"] == 4)
        #expect(await harness.send(.get, "/outcomes").items.count == 4)
        let copies = await harness.send(.get, "/outcomes?origin=mirror").items
        #expect(copies.count == 4 && copies.allSatisfy { $0["variant"] == "shadow" })
    }
}

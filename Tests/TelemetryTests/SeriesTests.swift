import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Telemetry

@Suite struct SeriesTests {
    private static let hour = TelemetryHarness.hour

    /// `a`: two in the first minute (one of them an upstream's fault), none in the second, one in the third; `b`: one
    /// in the third.
    private func harness() async throws -> TelemetryHarness {
        let harness = try await TelemetryHarness()
        harness.record(at: 0) {
            $0.tokens = .init(input: 10, output: 20)
            $0.costMicroUSD = 6
        }
        harness.record(at: 59_999) { $0.status = .upstreamTimeout }
        harness.record(at: 120_000) { $0.latencyMilliseconds = 250 }
        harness.record(at: 130_000) {
            $0.arm = $0.arm.with(revision: 2, variant: "b")
        }
        harness.record(at: 0) { $0.origin = .probe }
        return harness
    }

    private func points(_ harness: TelemetryHarness, _ query: String, group: Int = 0) async -> [JSONValue] {
        let span = query.contains("from=") ? "" : "&from=\(Self.hour)&to=\(Self.hour + 180_000)"
        let reply = await harness.send(.get, "/metrics/series?deployment=bot&\(query)\(span)")
        return reply.json["groups"]?[group]?["points"]?.arrayValue?.map { $0[1] ?? "none" } ?? []
    }

    @Test func aSeriesOfRequests() async throws {
        let reply = try await harness().send(
            .get, "/metrics/series?deployment=bot&metric=requests&from=\(Self.hour)&to=\(Self.hour + 180_000)")
        let starts = (0..<3 as Range<Int64>).map { JSONValue.integer(Self.hour + $0 * 60_000) }
        #expect(
            reply.json == [
                "metric": "requests", "stat": "sum", "step_s": 60,
                "groups": [
                    ["variant": "a", "points": [[starts[0], 2], [starts[1], 0], [starts[2], 1]]],
                    ["variant": "b", "points": [[starts[0], 0], [starts[1], 0], [starts[2], 1]]],
                ],
            ])
    }

    @Test(arguments: [
        ("metric=requests&stat=rate&step=10s&to=1769850020000&from=1769850000000", [0.1, 0] as [JSONValue]),
        ("metric=errors", [1, 0, 0]), ("metric=errors&stat=mean", [0.5, nil, 0]),
        ("metric=errors&stat=rate&group_by=none", [0.016666666666666666, 0, 0]),
        ("metric=tokens", [30, 0, 0]), ("metric=tokens&stat=mean", [15, nil, 0]), ("metric=cost", [6, 0, 0]),
        ("metric=latency_ms", [100, nil, 250]), ("metric=latency_ms&stat=max&group_by=none", [100, nil, 250]),
        ("metric=latency_ms&stat=mean&group_by=none", [100, nil, 175]), ("metric=ttft_ms", [nil, nil, nil]),
        ("metric=requests&step=90s", [2, 1]), ("metric=requests&step=120s", [2, 1]),
        ("metric=requests&step=1h", [3]), ("metric=requests&step=1d&group_by=none", [4]),
    ])
    func eachMetricAndStat(_ query: String, _ expected: [JSONValue]) async throws {
        #expect(try await points(harness(), query) == expected)
    }

    @Test func aSpanIsWidenedToWholeSteps() async throws {
        let harness = try await harness()
        let reply = await harness.send(
            .get,
            "/metrics/series?deployment=bot&metric=requests&from=\(Self.hour + 30_500)&to=\(Self.hour + 60_001)")
        let points = reply.json["groups"]?[0]?["points"]
        #expect(points == [[.integer(Self.hour), 2], [.integer(Self.hour + 60_000), 0]])
        let exact = await harness.send(
            .get, "/metrics/series?deployment=bot&metric=requests&from=\(Self.hour)&to=\(Self.hour + 60_000)")
        #expect(exact.json["groups"]?[0]?["points"]?.arrayValue?.count == 1)
    }

    @Test func anEmptySpanHasNoGroups() async throws {
        let reply = try await TelemetryHarness().send(.get, "/metrics/series?deployment=bot&metric=latency_ms")
        #expect(reply.json == ["metric": "latency_ms", "stat": "p50", "step_s": 60, "groups": []])
    }

    @Test func accuracyOverTimeIsTheShareOfProbesThatPassed() async throws {
        let harness = try await TelemetryHarness()
        let passes: [(Int64, Bool?)] = [(0, true), (30_000, false), (59_999, nil), (120_000, true)]
        try await ScoreStore(database: harness.file).record(
            passes.enumerated().map { index, pass in
                ProbeScore(
                    runID: "run", variant: "a", exampleID: "e\(index)", project: "default", probe: "golden",
                    deployment: "bot", environment: "production", revision: 1, outcomeID: "o\(index)",
                    score: nil, passed: pass.1, reason: nil,
                    createdAt: Timestamp(milliseconds: Self.hour + pass.0))
            })
        #expect(await points(harness, "metric=accuracy") == [0.5, nil, 1])
    }
}

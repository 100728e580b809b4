import Domain
import HTTP
import JSON
import REST
import Support
import Testing

@testable import Telemetry

@Suite struct SummaryTests {
    private static func flat(_ value: JSONValue) -> JSONValue {
        ["p50": value, "p90": value, "p95": value, "p99": value, "max": value, "mean": value]
    }

    /// Variant `a`: three answers, an upstream's fault and a departure; variant `b` of revision 2: one answer of
    /// unknown cost.
    private func harness() async throws -> TelemetryHarness {
        let harness = try await TelemetryHarness()
        for number in 0..<3 as Range<Int64> {
            harness.record(at: number * 60_000) {
                $0.firstTokenMilliseconds = 40
                $0.tokens = .init(input: 10, output: 5)
                $0.costMicroUSD = 7
            }
        }
        harness.record {
            $0.status = .upstreamError
            $0.latencyMilliseconds = 900
        }
        harness.record { $0.status = .clientClosed }
        harness.record(at: 299_999) {
            $0.arm = $0.arm.with(revision: 2, variant: "b")
        }
        harness.record { $0.origin = .probe }
        harness.record { $0.arm = $0.arm.with(project: "other") }
        harness.record { $0.arm = $0.arm.with(environment: "staging") }
        harness.record { $0.arm = $0.arm.with(deployment: "another") }
        return harness
    }

    private static let ofA: JSONValue = [
        "variant": "a", "requests": 5, "errors": 1, "error_rate": 0.2,
        "statuses": ["ok": 3, "upstream_error": 1, "client_closed": 1], "latency_ms": flat(100), "ttft_ms": flat(40),
        "tokens": ["input": 30, "output": 15], "cost_micro_usd": 21, "cost_unknown_requests": 0,
        "cost_is_partial": false,
        "cache": ["hits": 0, "hit_rate": 0, "saved_micro_usd": 0], "accuracy": nil, "feedback": [:],
    ]
    private static let ofB: JSONValue = [
        "variant": "b", "requests": 1, "errors": 0, "error_rate": 0, "statuses": ["ok": 1], "latency_ms": flat(100),
        "ttft_ms": flat(nil), "tokens": ["input": 0, "output": 0], "cost_micro_usd": nil, "cost_unknown_requests": 1,
        "cost_is_partial": true,
        "cache": ["hits": 0, "hit_rate": 0, "saved_micro_usd": 0], "accuracy": nil, "feedback": [:],
    ]

    @Test func theSummaryOfTheLastQuarterOfAnHour() async throws {
        let reply = try await harness().send(.get, "/metrics/summary?deployment=bot")
        #expect(reply.status == 200)
        #expect(
            reply.json == [
                "deployment": "bot", "environment": "production", "from": "2026-01-31T08:50:00.000Z",
                "to": "2026-01-31T09:05:10.000Z", "groups": [Self.ofA, Self.ofB],
            ])
    }

    @Test func groupsByRevisionAndNone() async throws {
        let harness = try await harness()
        let revisions = await harness.send(.get, "/metrics/summary?deployment=bot&group_by=revision").json["groups"]
        let byRevision = revisions?.arrayValue?.map { [$0["revision"] ?? nil, $0["requests"] ?? nil] as JSONValue }
        #expect(byRevision == [[1, 5], [2, 1]])
        #expect(revisions?[0]?["variant"] == nil)
        let whole = await harness.send(.get, "/metrics/summary?deployment=bot&group_by=none").json["groups"]
        #expect(whole?.arrayValue?.count == 1)
        #expect(whole?[0]?["requests"] == 6)
        #expect(whole?[0]?["variant"] == nil && whole?[0]?["revision"] == nil)
        #expect(whole?[0]?["cost_unknown_requests"] == 1)
    }

    @Test func aSpanIsWidenedToTenSecondsAndItsEndIsExclusive() async throws {
        let harness = try await harness()
        let hour = TelemetryHarness.hour
        func requests(_ from: Int64, _ to: Int64) async -> [JSONValue?] {
            let reply = await harness.send(.get, "/metrics/summary?deployment=bot&from=\(hour + from)&to=\(hour + to)")
            return (reply.json["groups"]?.arrayValue ?? []).map { $0["requests"] }
        }
        #expect(await requests(0, 10_000) == [3])
        #expect(await requests(9_999, 10_000) == [3])
        #expect(await requests(10_000, 60_000) == [])
        #expect(await requests(10_000, 60_001) == [1])
        #expect(await requests(290_000, 300_000) == [1])
        #expect(await requests(-3_600_000, 7_200_000) == [5, 1])
        let text = await harness.send(
            .get, "/metrics/summary?deployment=bot&from=2026-01-31T10:00:00%2B01:00&to=2026-01-31T09:00:10Z")
        #expect(text.json["groups"]?[0]?["requests"] == 3)
        let window = await harness.send(.get, "/metrics/summary?deployment=bot&window=10s")
        #expect(window.json["from"] == "2026-01-31T09:04:50.000Z")
        #expect(window.json["groups"]?[0]?["variant"] == "b")
    }

    @Test func theClockMovesTheSummaryOn() async throws {
        let harness = try await harness()
        harness.plane.clock.advance(milliseconds: 3_600_000)
        let reply = await harness.send(.get, "/metrics/summary?deployment=bot")
        #expect(reply.json["groups"] == [])
        #expect(reply.json["from"] == "2026-01-31T09:50:00.000Z")
        #expect(await harness.send(.get, "/metrics/summary?deployment=nothing").json["groups"] == [])
    }

    @Test func accuracyComesFromProbesAndFeedbackStandsBesideIt() async throws {
        let harness = try await harness()
        let moment = Timestamp(milliseconds: TelemetryHarness.hour + 5_000)
        let store = ScoreStore(database: harness.file)
        let passes: [Bool?] = [true, false, nil]
        try await store.record(
            passes.enumerated().map { index, passed in
                ProbeScore(
                    runID: "run", variant: "b", exampleID: "e\(index)", project: "default", probe: "golden",
                    deployment: "bot", environment: "production", revision: 2, outcomeID: "o\(index)",
                    score: passed.map { $0 ? 1 : 0 }, passed: passed, reason: nil, createdAt: moment)
            })
        for value in [true, 0.5] as [JSONValue] {
            let made = await harness.send(
                .post, "/feedback",
                ["outcome_id": "01KG9MFMM00000000000000001", "name": "helpful", "value": value, "source": "human"])
            #expect(made.status == 201)
        }
        let groups = await harness.send(.get, "/metrics/summary?deployment=bot").json["groups"]
        #expect(groups?[0]?["accuracy"] == .null)
        // By the normal approximation: 0.75 ± 1.959964 · √(0.125 / 2), cut at 1.
        #expect(groups?[0]?["feedback"] == ["helpful": ["mean": 0.75, "n": 2, "low": 0.260009, "high": 1]])
        // Wilson's interval of 1 of 2.
        #expect(
            groups?[1]?["accuracy"]
                == ["value": 0.5, "n": 2, "low": 0.094531, "high": 0.905469, "source": "probe"])
        #expect(groups?[1]?["feedback"] == [:])
    }

    @Test(arguments: [
        ("summary?", "query/deployment"), ("summary?deployment=Bot!", "query/deployment"),
        ("summary?deployment=bot&window=15x", "query/window"), ("summary?deployment=bot&window=0s", "query/window"),
        ("summary?deployment=bot&from=yesterday", "query/from"), ("summary?deployment=bot&to=12h", "query/to"),
        ("summary?deployment=bot&from=5&to=5", "query/from"), ("summary?deployment=bot&from=0", "query/from"),
        ("summary?deployment=bot&from=-9223372036854775808", "query/from"),
        ("summary?deployment=bot&group_by=colour", "query/group_by"), ("summary?deploymnt=bot", "query/deploymnt"),
        ("summary?deployment=bot&deployment=b", "query/deployment"), ("series?deployment=bot", "query/metric"),
        ("series?deployment=bot&metric=speed", "query/metric"),
        ("series?deployment=bot&metric=latency_ms&stat=rate", "query/stat"),
        ("series?deployment=bot&metric=accuracy&stat=sum", "query/stat"),
        ("series?deployment=bot&metric=requests&step=15s", "query/step"),
        ("series?deployment=bot&metric=requests&step=10s&window=7d", "query/step"),
        ("series?deployment=bot&metric=requests&window=401d", "query/from"),
        ("series?metric=requests", "query/deployment"),
    ])
    func whatIsWrongIsRefusedByTheNameOfTheParameter(_ path: String, _ pointer: String) async throws {
        let reply = try await TelemetryHarness().send(.get, "/metrics/\(path)")
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
    }

    /// The edge of what RFC 3339 can write: the span's begin would stand before the year 0.
    @Test func theFirstMomentsOfTheCalendarAreAnswered() async throws {
        let harness = try await TelemetryHarness()
        for query in ["to=0000-01-01T00:00:00Z", "from=0000-01-01T00:00:00Z&to=0000-01-01T00:00:01Z"] {
            let reply = await harness.send(.get, "/metrics/summary?deployment=bot&\(query)")
            #expect(reply.status == 200)
            #expect(reply.json["from"] == "0000-01-01T00:00:00.000Z")
        }
    }
}

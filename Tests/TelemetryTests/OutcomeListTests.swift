import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Telemetry

@Suite struct OutcomeListTests {
    private func ids(_ harness: TelemetryHarness, _ query: String, as key: String = "admin") async -> [String] {
        await harness.send(.get, "/outcomes?\(query)", as: key).items.compactMap { $0["id"]?.stringValue }
    }

    @Test func anOutcomeShowsAllThatWasRecorded() async throws {
        let harness = try await TelemetryHarness()
        harness.record(at: 1) {
            let served = OutcomeArm.of(variant: "b", provider: "y", prompt: "p@3")
            $0.served = served
            $0.isStream = true
            $0.finishReason = "stop"
            $0.firstTokenMilliseconds = 40.12345
            $0.tokens = .init(input: 3, output: 4, cached: 1, reasoning: 2)
            $0.areTokensEstimated = true
            $0.costMicroUSD = 12
            $0.slices = [(name: "language", value: "zh"), (name: "'; --", value: "\"\u{1F600}\"")]
            $0.attempts = [
                Attempt(
                    .of(variant: "a", provider: "x"), status: 503, latencyMilliseconds: 1.5, error: "http_503"),
                Attempt(served, status: nil, latencyMilliseconds: 2, error: nil),
            ]
        }
        let reply = await harness.send(.get, "/outcomes/01KG9MFMM00000000000000001")
        #expect(
            reply.json == [
                "id": "01KG9MFMM00000000000000001", "created_at": "2026-01-31T09:00:00.001Z", "origin": "traffic",
                "surface": "chat/completions", "deployment": "bot",
                "environment": "production", "revision": 1, "variant": "a", "served_by": "b", "model": "m@1",
                "prompt": "p@3", "unit": "u", "probability": 0.5, "status": "ok", "stream": true,
                "finish_reason": "stop", "latency_ms": 100, "ttft_ms": 40.123, "cache": nil, "similarity": nil,
                "tokens": ["input": 3, "output": 4, "cached": 1, "reasoning": 2], "tokens_estimated": true,
                "cost_micro_usd": 12,
                "slices": ["language": "zh", "'; --": "\"\u{1F600}\""],
                "attempts": [
                    ["variant": "a", "provider": "x", "status": 503, "latency_ms": 1.5, "error": "http_503"],
                    ["variant": "b", "provider": "y", "status": nil, "latency_ms": 2, "error": nil],
                ], "request_id": "r-01KG9MFMM00000000000000001", "key_id": "k", "error": nil,
                "mirror_of": nil,
            ])
        #expect(await harness.send(.get, "/outcomes/01KG9MFMM00000000000000001", as: "other").status == 404)
        #expect(await harness.send(.get, "/outcomes/01KG9MFMM09999999999999999").status == 404)
        #expect(await ids(harness, "", as: "other") == [])
    }

    @Test func whatIsUnknownIsNullAndNeverZero() async throws {
        let harness = try await TelemetryHarness()
        harness.record()
        let outcome = await harness.send(.get, "/outcomes").items[0]
        for name in ["served_by", "prompt", "finish_reason", "ttft_ms", "tokens", "cost_micro_usd", "error"] {
            #expect(outcome[name] == .null, "\(name)")
        }
        #expect(outcome["tokens_estimated"] == false)
        #expect(outcome["slices"] == [:])
        #expect(outcome["attempts"] == [])
    }

    /// All else being equal, so that nothing but the surface can tell them apart.
    @Test func anOutcomeKeepsItsSurfaceAmongOthersOfItsVariant() async throws {
        let harness = try await TelemetryHarness()
        let surfaces = ["chat/completions", "embeddings", "completions", "embeddings", "chat/completions"]
        let outcomes = surfaces.map { surface in harness.record { $0.surface = surface } }
        let listed = await harness.send(.get, "/outcomes").items
        #expect(listed.map { $0["surface"]?.stringValue } == surfaces.reversed())
        #expect(await ids(harness, "surface=embeddings") == [outcomes[3].id.text, outcomes[1].id.text])
        #expect(await ids(harness, "surface=chat%2Fcompletions") == [outcomes[4].id.text, outcomes[0].id.text])
        #expect(await ids(harness, "surface=rerank") == [])
        #expect(try await harness.count("profiles") == 3)
    }

    @Test func eachFilterNarrowsAndTogetherTheyIntersect() async throws {
        let harness = try await TelemetryHarness()
        harness.record(at: 0) { $0.slices = [(name: "language", value: "zh"), (name: "domain", value: "billing")] }
        harness.record(at: 1) { $0.slices = [(name: "language", value: "zh")] }
        harness.record(at: 2) { $0.slices = [(name: "language", value: "de"), (name: "domain", value: "billing")] }
        harness.record(at: 3) {
            $0.arm = $0.arm.with(deployment: "two", variant: "b")
            $0.status = .blocked
            $0.unit = "u2"
            $0.arm = $0.arm.with(environment: "staging")
        }
        harness.record(at: 4) { $0.origin = .probe }
        let numbered: (String) async -> [String] = { query in
            await ids(harness, query).map { String($0.suffix(1)) }
        }
        #expect(await numbered("") == ["4", "3", "2", "1"])
        #expect(await numbered("origin=probe") == ["5"])
        #expect(await numbered("slice.language=zh") == ["2", "1"])
        #expect(await numbered("slice.language=zh&slice.domain=billing") == ["1"])
        #expect(await numbered("slice.language=fr") == [])
        for query in [
            "deployment=two", "variant=b", "status=blocked", "unit=u2", "environment=staging",
            "request_id=r-01KG9MFMM00000000000000004", "deployment=two&variant=b&status=blocked",
            "unit=u2&from=\(TelemetryHarness.hour)",
        ] { #expect(await numbered(query) == ["4"], "\(query)") }
        #expect(await numbered("deployment=two&variant=a") == [])
        #expect(await numbered("from=\(TelemetryHarness.hour + 1)&to=\(TelemetryHarness.hour + 3)") == ["3", "2"])
        #expect(await numbered("deployment=bot%27%20OR%20%271%27=%271") == [])
    }

    @Test func pagesNeitherRepeatNorMissWhatStoodWhileNewOutcomesCome() async throws {
        let harness = try await TelemetryHarness()
        let first = (0..<7).map { harness.record(at: $0).id }
        var seen = [String]()
        var query = "limit=3"
        while true {
            let reply = await harness.send(.get, "/outcomes?\(query)")
            seen += reply.items.compactMap { $0["id"]?.stringValue }
            harness.record()
            guard let cursor = reply.json["next_cursor"]?.stringValue, seen.count < 50 else { break }
            query = "limit=3&cursor=\(cursor)"
        }
        #expect(seen == first.reversed().map(\.text))
    }

    @Test(arguments: [
        ("status=fine", "query/status"), ("origin=both", "query/origin"), ("limit=0", "query/limit"),
        ("limit=501", "query/limit"), ("cursor=%21", "query/cursor"), ("cursor=e30", "query/cursor"),
        ("from=now", "query/from"), ("to=-9223372036854775808", "query/to"), ("deploymnt=a", "query/deploymnt"),
        ("slice.=a", "query/slice."), ("slice.a=1&slice.b=1&slice.c=1&slice.d=1&slice.e=1", "query/slice.e"),
    ])
    func whatIsWrongIsRefusedByTheNameOfTheParameter(_ query: String, _ pointer: String) async throws {
        let reply = try await TelemetryHarness().send(.get, "/outcomes?\(query)")
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
    }
}

import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Telemetry

@Suite struct CacheUseTests {
    /// Three answers of a provider, 100 ms each, and five of the cache at once.
    private func harness() async throws -> TelemetryHarness {
        let harness = try await TelemetryHarness()
        for _ in 0..<3 {
            harness.record {
                $0.cache = .miss
                $0.tokens = .init(input: 10, output: 5)
                $0.costMicroUSD = 7
            }
        }
        for number in 0..<5 as Range<Int64> {
            harness.record(at: number * 30_000) {
                $0.cache = .hit
                $0.latencyMilliseconds = 0.1
                $0.tokens = .init(input: 10, output: 5)
                $0.costMicroUSD = 0
                // Of one the price is unknown.
                $0.savedMicroUSD = number == 4 ? nil : 7
            }
        }
        harness.record { $0.cache = .bypass }
        return harness
    }

    @Test func hitsAreRequestsAndDistortNothingElse() async throws {
        let harness = try await harness()
        let groups = await harness.send(.get, "/metrics/summary?deployment=bot").json["groups"]
        let group = groups?[0]
        #expect(group?["requests"] == 9)
        #expect(group?["statuses"] == ["ok": 9])
        #expect(group?["cache"]?["hits"] == 5)
        #expect(group?["cache"]?["saved_micro_usd"] == 28)
        #expect(group?["latency_ms"]?["p50"] == 100)
        #expect(group?["latency_ms"]?["mean"] == 100)
        #expect(group?["tokens"] == ["input": 30, "output": 15])
        #expect(group?["cost_micro_usd"] == 21)
        // The bypass alone: what a hit costs is known.
        #expect(group?["cost_unknown_requests"] == 1)
        let families = harness.totals.families()
        let histogram = families.first { $0.name == "signalbox_inference_latency_seconds" }
        #expect(histogram?.samples.first { $0.suffix == "_count" }?.value == 4)
    }

    @Test func aHitOfSomethingAlikeSaysHowMuchAlike() async throws {
        let harness = try await TelemetryHarness()
        harness.record {
            $0.cache = .hit
            $0.similarity = 98_481
        }
        harness.record { $0.cache = .hit }
        harness.record {
            $0.origin = .cache
            $0.requestID = "r"
        }
        let listed = await harness.send(.get, "/outcomes?cache=hit").items
        #expect(listed.map { $0["similarity"] } == [.null, 0.98481])
        // What the cache itself asks for is nobody's traffic.
        #expect(await harness.send(.get, "/outcomes").items.count == 2)
        let own = await harness.send(.get, "/outcomes?origin=cache").items
        #expect(own.map { $0["request_id"] } == ["r"])
        let group = await harness.send(.get, "/metrics/summary?deployment=bot").json["groups"]?[0]
        #expect(group?["requests"] == 2)
    }

    @Test func aSeriesShowsHitsAndWhatTheySaved() async throws {
        let harness = try await harness()
        func points(_ metric: String, _ stat: String) async -> [JSONValue] {
            let path = "/metrics/series?deployment=bot&metric=\(metric)&stat=\(stat)&step=60s"
            let reply = await harness.send(.get, "\(path)&from=\(TelemetryHarness.hour)")
            return (reply.json["groups"]?[0]?["points"]?.arrayValue ?? []).compactMap { $0[1] }
        }
        #expect(await points("cache_hits", "sum").prefix(3) == [2, 2, 1])
        #expect(await points("cache_hits", "mean").dropFirst().first == 1)
        #expect(await points("saved_micro_usd", "sum").prefix(3) == [14, 14, 0])
    }

    @Test func outcomesTellWhatTheCacheWasToThemAndAreFoundByIt() async throws {
        let harness = try await harness()
        harness.record()
        let all = await harness.send(.get, "/outcomes?deployment=bot").json["items"]?.arrayValue ?? []
        #expect(all.count == 10)
        #expect(all.first?["cache"] == .null)
        for (use, count) in [("hit", 5), ("miss", 3), ("bypass", 1)] {
            let found = await harness.send(.get, "/outcomes?deployment=bot&cache=\(use)").json["items"]?.arrayValue
            #expect(found?.count == count)
            #expect(found?.allSatisfy { $0["cache"] == .string(use) } == true)
        }
        #expect(await harness.send(.get, "/outcomes?cache=maybe").status == 422)
    }
}

import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Monitor

@Suite(.timeLimit(.minutes(1))) struct ProbeRoutesTests {
    private func harness() async throws -> MonitorHarness {
        let log = CallLog()
        return try await MonitorHarness { await log.answer($0) }
    }

    @Test func aProbeIsMadeReadChangedAndDeletedAndNoneOfItRunsIt() async throws {
        let harness = try await harness()
        let made = await harness.send(.post, "/probes", MonitorHarness.probe(["sample": 5]))
        #expect(made.status == 201)
        #expect(made.location == "/api/v1/probes/golden")
        #expect(made.json["environment"] == "production")
        #expect(made.json["interval_s"] == 0)
        let read = await harness.send(.get, "/probes/golden")
        #expect(read.json == made.json)
        #expect(read.entityTag == made.entityTag)
        #expect(await harness.send(.post, "/probes", MonitorHarness.probe()).status == 409)
        let stale = [("If-Match", "\"0000000000000000\"")]
        #expect(await harness.send(.patch, "/probes/golden", ["sample": 6], headers: stale).status == 412)
        let changed = await harness.send(
            .patch, "/probes/golden", ["sample": nil, "interval_s": 60], headers: [("If-Match", made.entityTag)])
        #expect(changed.status == 200)
        #expect(changed.json["sample"] == .null)
        #expect(changed.json["interval_s"] == 60)
        #expect(await harness.send(.get, "/probes/golden/runs").items.isEmpty)
        #expect(await harness.send(.delete, "/probes/golden").status == 204)
        #expect(await harness.send(.get, "/probes/golden").status == 404)
        #expect(await harness.send(.post, "/probes/golden/runs").status == 404)
        #expect(await harness.send(.post, "/probes", MonitorHarness.probe()).status == 201)
    }

    @Test func anotherKindOfScorerReplacesTheSettingsOfTheOldOne() async throws {
        let harness = try await harness()
        _ = await harness.send(.post, "/probes", MonitorHarness.probe(["scorer": ["ignore_case": true]]))
        let changed = await harness.send(.patch, "/probes/golden", ["scorer": ["kind": "numeric", "tolerance": 1]])
        #expect(changed.json["scorer"] == ["kind": "numeric", "tolerance": 1])
        let merged = await harness.send(.patch, "/probes/golden", ["scorer": ["tolerance": 2]])
        #expect(merged.json["scorer"] == ["kind": "numeric", "tolerance": 2])
        #expect(await harness.send(.patch, "/probes/golden", ["name": "other"]).pointers == ["/name"])
        let bad = await harness.send(.patch, "/probes/golden", ["scorer": ["kind": "regex", "pattern": "["]])
        #expect(bad.pointers == ["/scorer/pattern"])
    }

    @Test(
        arguments: [
            (["deployment": "nobody"], ["/deployment"]), (["dataset": "nothing"], ["/dataset"]),
            (["deployment": "nobody", "dataset": "nothing"], ["/deployment", "/dataset"]),
            (["environment": "staging"], ["/deployment"]), (["interval_s": -1], ["/interval_s"]),
            (["sample": 0], ["/sample"]), (["scorer": ["kind": "vibes"]], ["/scorer/kind"]),
            (["scorer": ["kind": "regex", "pattern": "(a"]], ["/scorer/pattern"]),
            (["scorer": ["kind": "regex", "pattern": "(a)\\1"]], ["/scorer/pattern"]),
            (["scorer": ["kind": "regex"]], ["/scorer/pattern"]),
            (
                ["scorer": ["kind": "json_schema", "schema": ["properties": ["a": ["type": "int"]]]]],
                ["/scorer/schema/properties/a/type"]
            ),
            (["scorer": ["kind": "f1", "threshold": 2]], ["/scorer/threshold"]),
            (["scorer": ["kind": "numeric", "tolerance": -1]], ["/scorer/tolerance"]),
            (["scorer": ["kind": "exact", "ignorecase": true]], ["/scorer/ignorecase"]),
            (["intervall_s": 5], ["/intervall_s"]),
        ] as [(JSONValue, [String])])
    func whatIsWrongIsToldAtItsPlace(_ changes: JSONValue, _ pointers: [String]) async throws {
        let harness = try await harness()
        let reply = await harness.send(.post, "/probes", MonitorHarness.probe(changes))
        #expect(reply.status == 422)
        #expect(reply.pointers == pointers)
    }

    @Test func aRunAskedForTwiceWithOneKeyIsOneRun() async throws {
        let harness = try await harness()
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        let key = [("Idempotency-Key", "ci-17")]
        let first = await harness.send(.post, "/probes/golden/runs", headers: key)
        let second = await harness.send(.post, "/probes/golden/runs", headers: key)
        #expect(first.status == 202 && second.status == 202)
        #expect(first.location == second.location)
        #expect(first.json["state"] == "queued")
        #expect(first.json["results"] == [])
        #expect(first.location == first.json["id"]?.stringValue.map { "/api/v1/probes/golden/runs/\($0)" })
        #expect(await harness.send(.get, "/probes/golden/runs").items.count == 1)
    }

    @Test func runsThatWaitAreBoundedAndListedNewestFirst() async throws {
        let harness = try await harness()
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        var ids = [JSONValue]()
        for _ in 0..<16 { ids.append(await harness.send(.post, "/probes/golden/runs").json["id"] ?? .null) }
        #expect(await harness.send(.post, "/probes/golden/runs").status == 409)
        let page = await harness.send(.get, "/probes/golden/runs?limit=10")
        #expect(page.items.map { $0["id"] } == ids.reversed().prefix(10).map { $0 })
        let cursor = page.json["next_cursor"]?.stringValue ?? ""
        let rest = await harness.send(.get, "/probes/golden/runs?limit=10&cursor=\(cursor)")
        #expect(rest.items.map { $0["id"] } == ids.reversed().dropFirst(10).map { $0 })
        #expect(rest.json["next_cursor"] == .null)
    }

    @Test func otherProjectsAndLesserKeysGetNowhere() async throws {
        let harness = try await harness()
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        let queued = await harness.send(.post, "/probes/golden/runs")
        let run = (queued.location ?? "").replacing("/api/v1", with: "")
        for path in ["/probes/golden", "/probes/golden/runs", run] {
            #expect(await harness.send(.get, path, as: "other").status == 404)
            #expect(await harness.send(.get, path, as: "viewer").status == 200)
        }
        #expect(await harness.send(.post, "/probes/golden/runs", as: "viewer").status == 403)
        #expect(await harness.send(.delete, "/probes/golden", as: "other").status == 404)
        // Neither the deployment nor the dataset is theirs.
        let foreign = await harness.send(.post, "/probes", MonitorHarness.probe(), as: "other")
        #expect(foreign.pointers == ["/deployment", "/dataset"])
    }
}

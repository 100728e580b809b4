import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct UpstreamTests {
    private static let breaker = "/upstreams/main/breaker"

    @Test func anOperatorsWordIsKeptAuditedAndServed() async throws {
        let registry = try await RegistryHarness().seeded()
        let before = await registry.send(.get, "/upstreams/main").json
        #expect(before["state"] == "open" && before["breaker"]?["state"] == "automatic")
        #expect(before["open_ms"] == 1_200 && before["last_error"] == "http_503")
        #expect(before["cooling_down"] == [["model": "gpt-a", "remaining_ms": 700]])
        #expect(registry.live()?.variants[0].provider.breaker == .automatic)
        let set = await registry.send(.put, Self.breaker, ["state": "forced_open", "reason": "their incident 17"])
        #expect(set.status == 200 && set.json["state"] == "forced_open" && set.json["reason"] == "their incident 17")
        #expect(set.json["set_by"]?.stringValue?.hasPrefix("key:") == true && set.json["set_at"]?.stringValue != nil)
        // The table that the loops read has it before the answer is out.
        #expect(registry.live()?.variants.allSatisfy { $0.provider.breaker == .forcedOpen } == true)
        #expect(await registry.send(.get, "/upstreams").items.map { $0["state"] } == ["forced_open"])
        #expect(await registry.send(.get, Self.breaker).json == set.json)
        // The same again is no change.
        _ = await registry.send(.put, Self.breaker, ["state": "forced_open", "reason": "their incident 17"])
        let back = await registry.send(.put, Self.breaker, ["state": "automatic"])
        #expect(back.json["state"] == "automatic" && back.json["reason"] == .null)
        #expect(registry.live()?.variants[0].provider.breaker == .automatic)
        let audit = try await registry.audit()
        let entries = audit.filter { $0.action == "upstream_breaker.set" }
        #expect(entries.count == 2 && audit.allSatisfy(\.chained))
        #expect(entries.first?.before.contains("\"automatic\"") == true)
        #expect(entries.first?.after.contains("their incident 17") == true)
    }

    @Test func whoMayOnlyReadDecidesNothing() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.put, Self.breaker, ["state": "forced_open"], as: "viewer").status == 403)
        #expect(await registry.send(.get, Self.breaker, as: "viewer").json["state"] == "automatic")
        #expect(registry.live()?.variants[0].provider.breaker == .automatic)
    }

    @Test func itOutlivesARestartAndAChangeOfTheProvider() async throws {
        let registry = try await RegistryHarness().seeded()
        _ = await registry.send(.put, Self.breaker, ["state": "forced_closed"])
        let changed = await registry.send(.patch, "/providers/main", ["region": "eu"])
        #expect(changed.status == 200)
        #expect(registry.live()?.variants[0].provider.breaker == .forcedClosed)
        // What a new process reads.
        let snapshot = Snapshot(RoutingTable.empty)
        let source = RoutingSource(snapshot: snapshot, sealing: registry.sealing, kinds: RegistryHarness.kinds)
        try await source.load(from: registry.plane.control)
        let live = snapshot.current.deployment(project: "default", environment: "production", name: "support-bot")
        #expect(live?.variants[0].provider.breaker == .forcedClosed)
        let pinned = try await registry.lookup.deployment(
            project: "default", environment: "production", name: "support-bot", revision: 1)
        #expect(pinned?.variants[0].provider.breaker == .forcedClosed)
    }

    @Test func whoReadsADifferentStateDoesNotOverwriteThisOne() async throws {
        let registry = try await RegistryHarness().seeded()
        let tag = await registry.send(.get, Self.breaker).entityTag
        let first = await registry.send(.put, Self.breaker, ["state": "forced_open"], headers: [("If-Match", tag)])
        #expect(first.status == 200)
        let second = await registry.send(.put, Self.breaker, ["state": "forced_closed"], headers: [("If-Match", tag)])
        #expect(second.status == 412)
        #expect(registry.live()?.variants[0].provider.breaker == .forcedOpen)
    }

    @Test(arguments: [
        (#"{}"#, "/state"), (#"{"state":"open"}"#, "/state"), (#"{"state":7}"#, "/state"),
        (#"{"state":"automatic","resaon":"x"}"#, "/resaon"), (#"{"state":"automatic","reason":""}"#, "/reason"),
    ])
    func whatCannotBeIsNamed(body: String, pointer: String) async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(.put, Self.breaker, try JSONValue(parsing: body))
        #expect(reply.status == 422 && reply.pointers == [pointer])
        #expect(await registry.send(.put, "/upstreams/other/breaker", ["state": "automatic"]).status == 404)
        #expect(await registry.send(.get, "/upstreams/other").status == 404)
    }
}

import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct ResilienceDocumentTests {
    @Test func whatIsSaidOfFailuresIsPartOfEachRevision() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.get, "/deployments/support-bot").json["timeouts"] == nil)
        #expect(registry.live()?.options.resilience == .unsaid)
        let said: JSONValue = [
            "timeouts": ["try_ms": 2_000, "total_ms": 9_000],
            "retries": ["max": 3, "backoff_ms": 50, "backoff_max_ms": 800, "on_timeout": true],
        ]
        let changed = await registry.send(.patch, "/deployments/support-bot", said)
        #expect(changed.status == 200 && changed.json["revision"] == 2)
        #expect(changed.json["timeouts"] == said["timeouts"] && changed.json["retries"] == said["retries"])
        let live = registry.live()?.options.resilience
        #expect(live?.timeouts == DeploymentTimeouts(tryMilliseconds: 2_000, totalMilliseconds: 9_000))
        #expect(
            live?.retries
                == DeploymentRetries(
                    count: 3, backoffMilliseconds: 50, backoffMaxMilliseconds: 800, afterTimeouts: true))
        // The same again is no change, another change leaves it, and a member of it can be taken back.
        #expect(await registry.send(.patch, "/deployments/support-bot", said).json["revision"] == 2)
        #expect(await registry.send(.patch, "/deployments/support-bot", ["unit": "session"]).json["revision"] == 3)
        #expect(registry.live()?.options.resilience == live)
        let without = await registry.send(
            .patch, "/deployments/support-bot", ["retries": nil, "timeouts": ["try_ms": nil]])
        #expect(without.json["retries"] == nil && without.json["timeouts"] == ["total_ms": 9_000])
        #expect(registry.live()?.options.resilience.retries == nil)
        let pinned = try await registry.lookup.deployment(
            project: "default", environment: "production", name: "support-bot", revision: 2)
        #expect(pinned?.options.resilience == live)
        let back = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 2, "reason": "it was better"])
        #expect(back.json["retries"] == said["retries"])
        #expect(registry.live()?.options.resilience == live)
    }

    @Test(arguments: [
        (#"{"timeouts":{"try_ms":0}}"#, "/timeouts/try_ms"), (#"{"timeouts":{"total_ms":"1"}}"#, "/timeouts/total_ms"),
        (#"{"timeouts":7}"#, "/timeouts"), (#"{"timeouts":{"tri_ms":7}}"#, "/timeouts/tri_ms"),
        (#"{"timeouts":{"try_ms":2,"total_ms":1}}"#, "/timeouts/try_ms"), (#"{"retries":{"max":6}}"#, "/retries/max"),
        (#"{"retries":{"max":-1}}"#, "/retries/max"), (#"{"retries":{"max":1.5}}"#, "/retries/max"),
        (#"{"retries":{"backoff_ms":9,"backoff_max_ms":8}}"#, "/retries/backoff_ms"),
        (#"{"retries":{"on_timeout":"yes"}}"#, "/retries/on_timeout"),
    ])
    func whatCannotBeIsNamed(document: String, pointer: String) async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(.patch, "/deployments/support-bot", try JSONValue(parsing: document))
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
        #expect(registry.live()?.revision == 1)
    }
}

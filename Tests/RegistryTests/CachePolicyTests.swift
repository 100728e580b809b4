import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct CachePolicyTests {
    @Test func whetherAnswersAreKeptIsPartOfEachRevision() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.get, "/deployments/support-bot").json["cache"] == nil)
        #expect(registry.live()?.options.cache == nil)
        let changed = await registry.send(.patch, "/deployments/support-bot", ["cache": ["ttl_s": 60]])
        #expect(changed.json["cache"] == ["ttl_s": 60, "scope": "deployment"])
        #expect(changed.json["revision"] == 2)
        #expect(registry.live()?.options.cache == CachePolicy(seconds: 60))
        let scoped = await registry.send(.patch, "/deployments/support-bot", ["cache": ["scope": "unit"]])
        #expect(scoped.json["cache"] == ["ttl_s": 60, "scope": "unit"])
        let off = await registry.send(.patch, "/deployments/support-bot", ["cache": nil])
        #expect(off.json["cache"] == nil)
        #expect(registry.live()?.options.cache == nil)
        let back = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 3, "reason": "it was better"])
        #expect(back.json["cache"] == ["ttl_s": 60, "scope": "unit"])
        let pinned = try await registry.lookup.deployment(
            project: "default", environment: "production", name: "support-bot", revision: 2)
        #expect(pinned?.options.cache == CachePolicy(seconds: 60, scope: .deployment))
    }

    @Test(
        arguments: [
            (["cache": ["ttl_s": 0]], "/cache/ttl_s"), (["cache": ["ttl_s": 2_592_001]], "/cache/ttl_s"),
            (["cache": ["ttl_s": 1, "scope": "all"]], "/cache/scope"), (["cache": [:]], "/cache/ttl_s"),
            (["cache": ["ttl_s": 1, "scope": "unit"], "unit": "request"], "/cache/scope"),
        ] as [(JSONValue, String)])
    func whatCannotBeIsNamed(patch: JSONValue, pointer: String) async throws {
        let registry = try await RegistryHarness().seeded()
        let refused = await registry.send(.patch, "/deployments/support-bot", patch)
        #expect(refused.status == 422)
        #expect(refused.pointers == [pointer])
    }
}

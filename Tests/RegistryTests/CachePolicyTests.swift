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
            (["cache": ["ttl_s": 1, "semantic": [:]]], "/cache/semantic/embeddings"),
            (["cache": ["ttl_s": 1, "semantic": ["embeddings": "none"]]], "/cache/semantic/embeddings"),
            (["cache": ["ttl_s": 1, "semantic": ["embeddings": "support-bot"]]], "/cache/semantic/embeddings"),
            (["cache": ["ttl_s": 1, "semantic": ["embeddings": "e", "threshold": 0]]], "/cache/semantic/threshold"),
            (["cache": ["ttl_s": 1, "semantic": ["embeddings": "e", "threshold": 1.1]]], "/cache/semantic/threshold"),
            (["cache": ["ttl_s": 1, "semantic": ["embeddings": "e", "timeout_ms": 0]]], "/cache/semantic/timeout_ms"),
            (["cache": ["ttl_s": 1, "semantic": ["embeddings": "e", "model": "m"]]], "/cache/semantic/model"),
        ] as [(JSONValue, String)])
    func whatCannotBeIsNamed(patch: JSONValue, pointer: String) async throws {
        let registry = try await RegistryHarness().seeded()
        let refused = await registry.send(.patch, "/deployments/support-bot", patch)
        #expect(refused.status == 422)
        #expect(refused.pointers == [pointer])
    }

    @Test func questionsThatAreAlikeAreComparedByADeploymentThatIsThere() async throws {
        let registry = try await RegistryHarness().seeded()
        func deploy(_ name: String, environment: String) async -> Reply {
            await registry.send(
                .post, "/deployments",
                [
                    "name": .string(name), "environment": .string(environment),
                    "variants": [["name": "v", "model": "support-model@1", "weight": 100]],
                ])
        }
        #expect(await deploy("embedder", environment: "staging").status == 201)
        let semantic: JSONValue = ["cache": ["ttl_s": 60, "semantic": ["embeddings": "embedder"]]]
        let early = await registry.send(.patch, "/deployments/support-bot", semantic)
        #expect(early.status == 422 && early.pointers == ["/cache/semantic/embeddings"])
        #expect(await deploy("embedder", environment: "production").status == 201)
        let changed = await registry.send(.patch, "/deployments/support-bot", semantic)
        #expect(
            changed.json["cache"] == [
                "ttl_s": 60, "scope": "deployment",
                "semantic": ["embeddings": "embedder", "threshold": 0.95, "timeout_ms": 1000],
            ])
        let tighter: JSONValue = ["cache": ["semantic": ["threshold": 0.99, "timeout_ms": 50]]]
        _ = await registry.send(.patch, "/deployments/support-bot", tighter)
        let policy = SemanticPolicy(embeddings: "embedder", threshold: 0.99, milliseconds: 50)
        #expect(registry.live()?.options.cache == CachePolicy(seconds: 60, semantic: policy))
        let off = await registry.send(.patch, "/deployments/support-bot", ["cache": ["semantic": nil]])
        #expect(off.json["cache"] == ["ttl_s": 60, "scope": "deployment"])
        // Nor does it come back with a revision from when it was there.
        #expect(await registry.send(.delete, "/deployments/embedder").status == 204)
        let back = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 2, "reason": "it was better"])
        #expect(back.status == 422 && back.pointers == ["/revision"])
    }
}

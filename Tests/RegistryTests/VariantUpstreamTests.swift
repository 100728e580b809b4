import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct VariantUpstreamTests {
    private static let upstreams: JSONValue = [
        ["provider": "main"],
        [
            "provider": "second", "provider_model": "gpt-a-eu",
            "price": ["input_micro_usd_per_mtok": 7, "output_micro_usd_per_mtok": 8],
        ],
    ]

    private static func variants(_ upstreams: JSONValue?, _ balance: JSONValue? = nil) -> JSONValue {
        var control: JSONObject = ["name": "control", "model": "support-model@1", "weight": 100]
        if let upstreams { control["upstreams"] = upstreams }
        if let balance { control["balance"] = balance }
        return ["variants": [.object(control)], "fallbacks": []]
    }

    private static func registry() async throws -> RegistryHarness {
        let registry = try await RegistryHarness().seeded()
        let made = await registry.send(
            .post, "/providers",
            ["name": "second", "kind": "vllm", "base_url": "https://second.example.com/v1", "region": "eu"])
        #expect(made.status == 201)
        return registry
    }

    @Test func whereAVariantRunsIsPartOfEachRevision() async throws {
        let registry = try await Self.registry()
        let changed = await registry.send(
            .patch, "/deployments/support-bot", Self.variants(Self.upstreams, "latency"))
        #expect(changed.status == 200)
        let written = changed.json["variants"]?[0]
        #expect(written?["upstreams"] == Self.upstreams && written?["balance"] == "latency")
        let live = try #require(registry.live()?.variants.first)
        let balancing = try #require(live.balancing)
        #expect(balancing.policy == .latency && balancing.shares.isEmpty)
        #expect(balancing.upstreams.map(\.provider.name) == ["main", "second"])
        #expect(balancing.upstreams.map(\.providerModel) == ["gpt-a", "gpt-a-eu"])
        #expect(balancing.upstreams.allSatisfy { $0.name == "control" && $0.model == "support-model@1" })
        // What the model version says of its price holds where it says that it runs, and nowhere else.
        #expect(balancing.upstreams.map(\.price?.rates.input) == [2_000_000, 7])
        #expect(live.provider.name == "main" && live.providerModel == "gpt-a")

        // Again the same changes nothing, and without them it runs where its model version says.
        #expect(
            await registry.send(.patch, "/deployments/support-bot", Self.variants(Self.upstreams, "latency"))
                .json["revision"] == 2)
        let without = await registry.send(.patch, "/deployments/support-bot", Self.variants(nil))
        #expect(without.json["variants"]?[0]?["upstreams"] == nil && without.json["revision"] == 3)
        #expect(registry.live()?.variants.first?.balancing == nil)
        let back = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 2, "reason": "it was faster"])
        #expect(back.json["variants"]?[0]?["upstreams"] == Self.upstreams)
        #expect(registry.live()?.variants.first?.balancing?.policy == .latency)
        let pinned = try await registry.lookup.deployment(
            project: "default", environment: "production", name: "support-bot", revision: 2)
        #expect(pinned?.variants.first?.balancing?.upstreams.count == 2)
    }

    @Test func sharesAreByWeight() async throws {
        let registry = try await Self.registry()
        let shares: JSONValue = [
            ["provider": "main", "weight": 99.5], ["provider": "second", "weight": 0.5],
        ]
        let changed = await registry.send(.patch, "/deployments/support-bot", Self.variants(shares, "weighted"))
        #expect(changed.json["variants"]?[0]?["upstreams"] == shares)
        #expect(registry.live()?.variants.first?.balancing?.shares.map(\.percent) == [99.5, 0.5])
        // Nothing said is the fewest outstanding.
        let standard = await registry.send(.patch, "/deployments/support-bot", Self.variants(Self.upstreams))
        #expect(standard.json["variants"]?[0]?["balance"] == "least_outstanding")
    }

    @Test(
        arguments: [
            (variants(nil, "latency"), ["/variants/0/balance"]),
            (variants([]), ["/variants/0/upstreams"]),
            (variants([["provider": "nobody"]]), ["/variants/0/upstreams/0/provider"]),
            (variants([["provider": "main"], ["provider": "main"]]), ["/variants/0/upstreams/1/provider"]),
            (variants([["provider": "main", "weight": 100]]), ["/variants/0/upstreams/0/weight"]),
            (variants([["provider": "main"]], "weighted"), ["/variants/0/upstreams/0/weight"]),
            (variants([["provider": "main", "weight": 50]], "weighted"), ["/variants/0/upstreams"]),
            (variants([["provider": "main", "weight": 100.001]], "weighted"), ["/variants/0/upstreams/0/weight"]),
            (variants([["provider": "main"]], "random"), ["/variants/0/balance"]),
        ] as [(JSONValue, [String])])
    func whatCannotBeIsNamed(patch: JSONValue, pointers: [String]) async throws {
        let registry = try await Self.registry()
        let refused = await registry.send(.patch, "/deployments/support-bot", patch)
        #expect(refused.status == 422)
        #expect(refused.pointers == pointers)
        #expect(registry.live()?.revision == 1)
    }

    @Test func aProviderThatAVariantRunsAtIsNotDeleted() async throws {
        let registry = try await Self.registry()
        _ = await registry.send(.patch, "/deployments/support-bot", Self.variants(Self.upstreams))
        let refused = await registry.send(.delete, "/providers/second")
        #expect(refused.status == 409)
        _ = await registry.send(.patch, "/deployments/support-bot", Self.variants(nil))
        #expect(await registry.send(.delete, "/providers/second").status == 204)
        // Nor is it rolled back to afterwards, not even when another has its name.
        for _ in 0..<2 {
            let back = await registry.send(
                .post, "/deployments/support-bot/rollback", ["revision": 2, "reason": "it was faster"])
            #expect(back.pointers == ["/revision"])
            _ = await registry.send(
                .post, "/providers",
                ["name": "second", "kind": "vllm", "base_url": "https://third.example.com/v1"])
        }
    }
}

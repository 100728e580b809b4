import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct MirrorDocumentTests {
    @Test func theShadowIsPartOfEachRevision() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.get, "/deployments/support-bot").json["mirror"] == nil)
        let changed = await registry.send(
            .patch, "/deployments/support-bot", ["mirror": ["variant": "candidate", "share": 2.5]])
        let whole: JSONValue = ["variant": "candidate", "share": 2.5, "concurrent": 4, "per_minute": 60]
        #expect(changed.status == 200 && changed.json["mirror"] == whole)
        let policy = MirrorPolicy(variant: "candidate", share: Weight(hundredths: 250))
        #expect(registry.live()?.options.mirror == policy)
        let more = await registry.send(.patch, "/deployments/support-bot", ["mirror": ["per_minute": 600]])
        #expect(more.json["mirror"]?["per_minute"] == 600 && more.json["mirror"]?["share"] == 2.5)
        let off = await registry.send(.patch, "/deployments/support-bot", ["mirror": nil])
        #expect(off.json["mirror"] == nil && registry.live()?.options.mirror == nil)
        let back = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 2, "reason": "to compare again"])
        #expect(back.json["mirror"] == whole)
    }

    @Test(
        arguments: [
            (["variant": "nobody", "share": 1], "/mirror/variant"), (["variant": "candidate"], "/mirror/share"),
            (["variant": "candidate", "share": 100.5], "/mirror/share"),
            (["variant": "candidate", "share": 0.001], "/mirror/share"),
            (["variant": "candidate", "share": 1, "concurrent": 0], "/mirror/concurrent"),
            (["variant": "candidate", "share": 1, "per_minute": 6_001], "/mirror/per_minute"),
            (["variant": "candidate", "share": 1, "percent": 1], "/mirror/percent"),
        ] as [(JSONValue, String)])
    func whatCannotBeIsNamed(mirror: JSONValue, pointer: String) async throws {
        let registry = try await RegistryHarness().seeded()
        let refused = await registry.send(.patch, "/deployments/support-bot", ["mirror": mirror])
        #expect(refused.status == 422)
        #expect(refused.pointers == [pointer])
    }
}

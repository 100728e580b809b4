import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct HedgeDocumentTests {
    @Test func whetherASecondIsAskedIsPartOfEachRevision() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.get, "/deployments/support-bot").json["hedge"] == nil)
        #expect(registry.live()?.options.hedge == nil)
        let changed = await registry.send(
            .patch, "/deployments/support-bot", ["hedge": ["after_p": 0.95], "fallbacks": ["candidate"]])
        let whole: JSONValue = ["after_p": 0.95, "share_max": 5]
        #expect(changed.status == 200 && changed.json["hedge"] == whole)
        #expect(registry.live()?.options.hedge == HedgePolicy(after: .quantile(0.95)))
        let fixed = await registry.send(
            .patch, "/deployments/support-bot", ["hedge": ["after_p": nil, "after_ms": 800, "share_max": 2.5]])
        #expect(fixed.json["hedge"] == ["after_ms": 800, "share_max": 2.5])
        #expect(registry.live()?.options.hedge == HedgePolicy(after: .milliseconds(800), shareMax: 2.5))
        let off = await registry.send(.patch, "/deployments/support-bot", ["hedge": nil])
        #expect(off.json["hedge"] == nil && registry.live()?.options.hedge == nil)
        let back = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 2, "reason": "it was faster"])
        #expect(back.json["hedge"] == whole)
    }

    @Test(
        arguments: [
            (["hedge": ["share_max": 5]], "/hedge"), (["hedge": ["after_p": 0.95, "after_ms": 800]], "/hedge"),
            (["hedge": ["after_p": 0.4]], "/hedge/after_p"), (["hedge": ["after_p": 1]], "/hedge/after_p"),
            (["hedge": ["after_p": "0.95"]], "/hedge/after_p"), (["hedge": ["after_ms": 0]], "/hedge/after_ms"),
            (["hedge": ["after_ms": 600_001]], "/hedge/after_ms"),
            (["hedge": ["after_ms": 800, "share_max": 20.5]], "/hedge/share_max"),
            (["hedge": ["after_ms": 800, "share_max": 0]], "/hedge/share_max"),
            (["hedge": ["after_ms": 800, "max": 2]], "/hedge/max"), (["hedge": 7], "/hedge"),
            (["hedge": ["after_ms": 800], "fallbacks": []], "/hedge"),
        ] as [(JSONValue, String)])
    func whatCannotBeIsNamed(patch: JSONValue, pointer: String) async throws {
        let registry = try await RegistryHarness().seeded()
        var document = patch.objectValue ?? [:]
        if document["fallbacks"] == nil { document["fallbacks"] = ["candidate"] }
        let refused = await registry.send(.patch, "/deployments/support-bot", .object(document))
        #expect(refused.status == 422)
        #expect(refused.pointers == [pointer])
        #expect(registry.live()?.revision == 1)
    }

    /// What it needs cannot be taken away while it is there.
    @Test func thereHasToBeSomebodyElse() async throws {
        let registry = try await RegistryHarness().seeded()
        let set = await registry.send(
            .patch, "/deployments/support-bot", ["hedge": ["after_ms": 800], "fallbacks": ["candidate"]])
        #expect(set.status == 200)
        let refused = await registry.send(.patch, "/deployments/support-bot", ["fallbacks": []])
        #expect(refused.status == 422 && refused.pointers == ["/hedge"])
    }
}

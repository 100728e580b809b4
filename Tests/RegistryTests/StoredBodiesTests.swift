import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct StoredBodiesTests {
    @Test func whetherBodiesAreStoredIsPartOfEachRevision() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.get, "/deployments/support-bot").json["store_bodies"] == false)
        #expect(registry.live()?.options.storesBodies == false)
        let changed = await registry.send(.patch, "/deployments/support-bot", ["store_bodies": true])
        #expect(changed.status == 200)
        #expect(changed.json["revision"] == 2)
        #expect(changed.json["store_bodies"] == true)
        #expect(registry.live()?.options.storesBodies == true)
        // The same again is no change, and another change leaves it as it is.
        #expect(
            await registry.send(.patch, "/deployments/support-bot", ["store_bodies": true]).json["revision"] == 2)
        #expect(await registry.send(.patch, "/deployments/support-bot", ["unit": "session"]).json["revision"] == 3)
        #expect(registry.live()?.options.storesBodies == true)
        let pinned = try await registry.lookup.deployment(
            project: "default", environment: "production", name: "support-bot", revision: 1)
        #expect(pinned?.options.storesBodies == false)
        let back = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 1, "reason": "enough seen"])
        #expect(back.json["store_bodies"] == false)
        #expect(registry.live()?.options.storesBodies == false)
        let wrong = await registry.send(.patch, "/deployments/support-bot", ["store_bodies": "yes"])
        #expect(wrong.status == 422)
        #expect(wrong.pointers == ["/store_bodies"])
    }

    @Test func aFollowedPointerKeepsTheSetting() async throws {
        let registry = try await RegistryHarness().seeded(follow: true)
        _ = await registry.send(.patch, "/deployments/support-bot", ["store_bodies": true])
        _ = await registry.send(.put, "/models/support-model/aliases/champion", ["version": 2])
        let reply = await registry.send(.get, "/deployments/support-bot")
        #expect(reply.json["revision"] == 3)
        #expect(reply.json["store_bodies"] == true)
    }
}

import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct DeploymentTests {
    @Test func creationPinsWhatWasWrittenAndServesBeforeTheAnswer() async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(.get, "/deployments/support-bot")
        #expect(reply.status == 200)
        #expect(reply.json["revision"] == 1)
        #expect(reply.json["environment"] == "production")
        #expect(reply.json["variants"]?[0]?["model"] == "support-model@champion")
        #expect(
            reply.json["pinned"]?["control"] == [
                "model": "support-model@1", "prompt": "support/greeting@1",
            ])
        let live = try #require(registry.live())
        #expect(live.revision == 1)
        #expect(live.variants.map(\.model) == ["support-model@1", "support-model@2"])
        #expect(live.fallbacks == [1])
        #expect(live.variants[0].provider.baseURL == "https://api.example.com/v1")
        #expect(live.variants[0].provider.credential?.revealed() == "sk-canary-1")
        #expect(live.variants[0].price?.cost(.init(input: 1_000_000, output: 500_000)) == 4_000_000)
    }

    @Test func parametersOfTheVariantWinOverThePromptsAndThoseOverTheModels() async throws {
        let registry = try await RegistryHarness().seeded()
        let variant = try #require(registry.live()?.variants.first)
        let parameters = JSONObject(
            try variant.parameters.map { (key: $0.key, value: try JSONValue(parsing: $0.value)) })
        #expect(
            parameters == [
                "temperature": 0.1, "top_p": 0.9, "seed": 3, "response_format": ["type": "json_object"],
            ])
    }

    @Test func everyViolatedRuleIsToldAtOnceWithItsPointer() async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(
            .post, "/deployments",
            [
                "name": "Bad Name", "unitt": "user", "fallbacks": ["nobody", "a", "a"],
                "variants": [
                    ["name": "a", "model": "no-at-sign", "weight": 101],
                    ["name": "a", "model": "support-model@1", "prompt": "p@0", "weight": 0.125],
                    [
                        "name": "b", "model": "support-model@1", "weight": -1,
                        "parameters": ["model": "gpt-other"],
                    ],
                ],
            ])
        #expect(reply.status == 422)
        #expect(
            Set(reply.pointers) == [
                "/name", "/unitt", "/fallbacks/0", "/fallbacks/2", "/variants/0/model", "/variants/0/weight",
                "/variants/1/name", "/variants/1/prompt", "/variants/1/weight", "/variants/2/weight",
                "/variants/2/parameters/model",
            ])
    }

    @Test(arguments: [
        ([100.0, 0.0], true), ([33.33, 66.67], true), ([33.3, 66.6], false), ([50.0, 50.01], false), ([100.0], true),
    ])
    func weightsSumToAHundred(_ weights: [Double], _ isValid: Bool) async throws {
        let registry = try await RegistryHarness().seeded()
        let variants = weights.enumerated().map { index, weight -> JSONValue in
            ["name": .string("v\(index)"), "model": "support-model@1", "weight": .number(weight)]
        }
        let reply = await registry.send(.post, "/deployments", ["name": "d", "variants": .array(variants)])
        #expect(reply.status == (isValid ? 201 : 422))
        #expect(reply.pointers == (isValid ? [] : ["/variants"]))
    }

    @Test func referencesThatLeadNowhereAreToldAtTheirPointers() async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(
            .post, "/deployments",
            [
                "name": "d",
                "variants": [
                    ["name": "a", "model": "missing@1", "weight": 50],
                    ["name": "b", "model": "support-model@9", "prompt": "support/greeting@beta", "weight": 25],
                    ["name": "c", "model": "support-model@nobody", "prompt": "gone@1", "weight": 25],
                ],
            ])
        #expect(reply.status == 422)
        #expect(
            reply.pointers == [
                "/variants/0/model", "/variants/1/model", "/variants/1/prompt", "/variants/2/model",
                "/variants/2/prompt",
            ])
        #expect(registry.live("d") == nil)
    }

    @Test func aNameIsTakenOnlyWithinItsEnvironment() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.post, "/deployments", RegistryHarness.deployment()).status == 409)
        let staging = RegistryHarness.deployment().mergePatched(with: ["environment": "staging"])
        let reply = await registry.send(.post, "/deployments", staging)
        #expect(reply.status == 201)
        #expect(reply.location == "/api/v1/deployments/support-bot?environment=staging")
        #expect(
            await registry.send(.get, "/deployments/support-bot?environment=staging").json["environment"] == "staging")
        #expect(await registry.send(.get, "/deployments/support-bot?environment=development").status == 404)
        #expect(registry.live(environment: "staging") != nil)
    }

    @Test func aPatchMakesANewRevisionAndOneThatChangesNothingDoesNot() async throws {
        let registry = try await RegistryHarness().seeded()
        let same = await registry.send(.patch, "/deployments/support-bot", ["unit": "user"])
        #expect(same.status == 200)
        #expect(same.json["revision"] == 1)
        registry.plane.clock.advance(milliseconds: 1_000)
        let changed = await registry.send(
            .patch, "/deployments/support-bot", ["unit": "session", "fallbacks": nil, "reason": "sessions matter"])
        #expect(changed.status == 200)
        #expect(changed.json["revision"] == 2)
        #expect(changed.json["fallbacks"] == [])
        #expect(registry.live()?.revision == 2)
        #expect(registry.live()?.options.unit == .session)
        let revisions = await registry.send(.get, "/deployments/support-bot/revisions").items
        #expect(revisions.map { $0["revision"] } == [2, 1])
        #expect(revisions[0]["reason"] == "sessions matter")
        #expect(revisions[0]["cause"] == "update")
        #expect(revisions[0]["active_to"] == .null)
        #expect(revisions[1]["active_to"] == revisions[0]["active_from"])
        #expect(revisions[1]["by"] == "key:admin")
    }

    @Test func aPatchIsHeldToTheRulesOfACreation() async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(
            .patch, "/deployments/support-bot", ["name": "renamed", "variants": nil, "unit": "nobody"])
        #expect(reply.status == 422)
        #expect(Set(reply.pointers) == ["/name", "/variants", "/unit"])
        #expect(registry.live()?.revision == 1)
    }

    @Test func ifMatchGuardsAgainstALostUpdate() async throws {
        let registry = try await RegistryHarness().seeded()
        let tag = await registry.send(.get, "/deployments/support-bot").entityTag
        let patch: JSONValue = ["unit": "request"]
        #expect(
            await registry.send(.patch, "/deployments/support-bot", patch, headers: [("If-Match", "\"other\"")]).status
                == 412)
        #expect(
            await registry.send(.patch, "/deployments/support-bot", patch, headers: [("If-Match", tag)]).status == 200)
        let late = await registry.send(
            .patch, "/deployments/support-bot", ["unit": "user"], headers: [("If-Match", tag)])
        #expect(late.status == 412)
        #expect(
            await registry.send(.get, "/deployments/support-bot", headers: [("If-None-Match", late.entityTag)]).status
                == 304)
    }

    @Test func rolledBackDeploymentServesThePreviousRevision() async throws {
        let registry = try await RegistryHarness().seeded()
        _ = await registry.send(.put, "/models/support-model/aliases/champion", ["version": 2])
        _ = await registry.send(.patch, "/deployments/support-bot", ["unit": "session"])
        #expect(registry.live()?.variants[0].model == "support-model@2")
        let body: JSONValue = ["revision": 1, "reason": "worse answers"]
        let reply = await registry.send(.post, "/deployments/support-bot/rollback", body)
        #expect(reply.status == 201)
        #expect(reply.location == "/api/v1/deployments/support-bot/revisions/3")
        #expect(reply.json["revision"] == 3)
        #expect(reply.json["cause"] == "rollback")
        #expect(reply.json["reason"] == "worse answers")
        let live = try #require(registry.live())
        #expect(live.revision == 3)
        #expect(live.options.unit == .user)
        // What revision 1 meant, not what its alias means today.
        #expect(live.variants[0].model == "support-model@1")
        #expect(await registry.send(.get, "/deployments/support-bot/revisions/3").json == reply.json)
    }

    @Test(arguments: [(9, "/revision"), (0, "/revision"), (1, "/revision")])
    func aRollbackToWhatIsNotThereOrServesAlreadyIsRefused(_ number: Int, _ pointer: String) async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": JSONValue(number), "reason": "x"])
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
    }

    @Test func aFollowerGetsItsOwnRevisionWhenAnAliasOrLabelMoves() async throws {
        let registry = try await RegistryHarness().seeded(follow: true)
        #expect(await registry.send(.put, "/models/support-model/aliases/champion", ["version": 2]).status == 200)
        #expect(registry.live()?.revision == 2)
        #expect(registry.live()?.variants.map(\.model) == ["support-model@2", "support-model@2"])
        // Put where it stands already: nothing moves.
        #expect(await registry.send(.put, "/models/support-model/aliases/champion", ["version": 2]).status == 200)
        #expect(registry.live()?.revision == 2)
        let version = await registry.send(
            .post, "/prompts/support%2Fgreeting/versions", ["type": "text", "text": "Hi", "labels": ["production"]])
        #expect(version.status == 201)
        #expect(registry.live()?.revision == 3)
        #expect(registry.live()?.variants[0].prompt == "support/greeting@2")
        let latest = await registry.send(.get, "/deployments/support-bot/revisions/2").json
        #expect(latest["cause"] == "follow")
        #expect(latest["reason"] == "support-model@champion moved to version 2")
        #expect(await registry.send(.delete, "/models/support-model/aliases/champion").status == 409)
        let actions = try await registry.audit().map(\.action)
        #expect(actions.filter { $0 == "deployment.follow" }.count == 2)
    }

    @Test func aRolledBackFollowerKeepsItsOldPinsUntilTheirOwnPointerMoves() async throws {
        let registry = try await RegistryHarness().seeded(follow: true)
        _ = await registry.send(.put, "/models/support-model/aliases/champion", ["version": 2])
        _ = await registry.send(
            .post, "/deployments/support-bot/rollback", ["revision": 1, "reason": "version 2 is worse"])
        #expect(registry.live()?.variants[0].model == "support-model@1")
        _ = await registry.send(
            .post, "/prompts/support%2Fgreeting/versions", ["type": "text", "text": "Hi", "labels": ["production"]])
        #expect(registry.live()?.variants[0].prompt == "support/greeting@2")
        #expect(registry.live()?.variants[0].model == "support-model@1")
    }

    @Test func withoutFollowAMovedAliasChangesNothingThatIsLive() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.put, "/models/support-model/aliases/champion", ["version": 2]).status == 200)
        #expect(registry.live()?.revision == 1)
        #expect(registry.live()?.variants[0].model == "support-model@1")
        #expect(await registry.send(.delete, "/models/support-model/aliases/champion").status == 204)
    }

    @Test func aDeletedDeploymentStopsServingAndItsNameIsFree() async throws {
        let registry = try await RegistryHarness().seeded()
        let first = registry.live()?.id
        #expect(await registry.send(.delete, "/deployments/support-bot").status == 204)
        #expect(registry.live() == nil)
        #expect(await registry.send(.get, "/deployments/support-bot").status == 404)
        #expect(await registry.send(.get, "/deployments/support-bot/revisions").status == 404)
        #expect(await registry.send(.post, "/deployments", RegistryHarness.deployment()).status == 201)
        #expect(registry.live()?.revision == 1)
        #expect(registry.live()?.id != first)
    }

    @Test func aSnapshotThatCannotBeBuiltFailsTheWriteAndLeavesTheOldOne() async throws {
        let registry = try await RegistryHarness().seeded()
        registry.sealing.breakDown()
        let reply = await registry.send(.patch, "/deployments/support-bot", ["unit": "session"])
        #expect(reply.status == 500)
        #expect(registry.live()?.revision == 1)
        #expect(await registry.send(.get, "/deployments/support-bot").json["revision"] == 1)
        #expect(try await registry.audit().last?.action == "deployment.create")
    }

    @Test func aPinnedRevisionIsFoundAndForgottenWhenItsProviderChanges() async throws {
        let registry = try await RegistryHarness().seeded()
        _ = await registry.send(.patch, "/deployments/support-bot", ["unit": "session"])
        func pinned(_ number: Int) async throws -> LiveDeployment? {
            try await registry.lookup.deployment(
                project: "default", environment: "production", name: "support-bot", revision: number)
        }
        let first = try #require(try await pinned(1))
        #expect(first.options.unit == .user)
        #expect(try await pinned(1) === first)
        #expect(try await pinned(7) == nil)
        _ = await registry.send(.patch, "/providers/main", ["credential": "sk-canary-2"])
        let second = try #require(try await pinned(1))
        #expect(second.variants[0].provider.credential?.revealed() == "sk-canary-2")
        #expect(
            try await registry.lookup.deployment(
                project: "other", environment: "production", name: "support-bot", revision: 1) == nil)
    }

    @Test func aTableLoadedAtStartServesWhatWasStored() async throws {
        let registry = try await RegistryHarness().seeded()
        let fresh = Snapshot(RoutingTable.empty)
        try await RoutingSource(
            snapshot: fresh, sealing: registry.sealing, kinds: RegistryHarness.kinds
        ).load(from: registry.plane.control)
        let key = RoutingTable.Key(project: "default", environment: "production", name: "support-bot")
        #expect(fresh.current.deployments[key]?.variants.count == 2)
    }

    @Test func anAliasThatIsFollowedCannotMoveToWhatCannotBeServed() async throws {
        let registry = try await RegistryHarness().seeded(follow: true)
        _ = await registry.send(
            .post, "/providers", ["name": "gone", "kind": "vllm", "base_url": "https://gone.example.com"])
        _ = await registry.send(
            .post, "/models/support-model/versions", ["provider": "gone", "provider_model": "x"])
        #expect(await registry.send(.delete, "/providers/gone").status == 204)
        let reply = await registry.send(.put, "/models/support-model/aliases/champion", ["version": 3])
        #expect(reply.status == 422)
        #expect(reply.pointers == ["/version"])
        #expect(await registry.send(.get, "/models/support-model/aliases/champion").json["version"] == 1)
        #expect(registry.live()?.revision == 1)
    }
}

import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Registry

@Suite struct ProviderTests {
    @Test func aCredentialIsNeverShownNorAudited() async throws {
        let registry = try await RegistryHarness()
        let made = await registry.send(.post, "/providers", RegistryHarness.provider)
        #expect(made.status == 201)
        #expect(made.location == "/api/v1/providers/main")
        #expect(made.json["credential_set"] == true)
        _ = await registry.send(.patch, "/providers/main", ["credential": "sk-canary-2"])
        let replies = [
            made.json, await registry.send(.get, "/providers/main").json, await registry.send(.get, "/providers").json,
        ]
        for json in replies { #expect(!json.text.contains("canary")) }
        let audit = try await registry.audit()
        #expect(audit.map(\.action) == ["provider.create", "provider.update"])
        for entry in audit {
            #expect(!entry.before.contains("canary") && !entry.after.contains("canary"))
        }
        #expect(try JSONValue(parsing: audit[1].after)["credential"] == "replaced")
    }

    @Test func anotherAddressAsksForTheCredentialAgain() async throws {
        let registry = try await RegistryHarness().seeded()
        let refused = await registry.send(.patch, "/providers/main", ["base_url": "https://evil.example.com/v1"])
        #expect(refused.status == 422)
        #expect(refused.pointers == ["/credential"])
        #expect(registry.live()?.variants[0].provider.baseURL == "https://api.example.com/v1")
        // The same address, written otherwise, is no other address.
        #expect(
            await registry.send(.patch, "/providers/main", ["base_url": "https://API.example.com/v1"]).status == 200)
        let moved: JSONValue = ["base_url": "https://new.example.com/v1", "credential": "sk-canary-3"]
        #expect(await registry.send(.patch, "/providers/main", moved).status == 200)
        #expect(registry.live()?.variants[0].provider.baseURL == "https://new.example.com/v1")
        #expect(registry.live()?.variants[0].provider.credential?.revealed() == "sk-canary-3")
        let open: JSONValue = ["base_url": "https://third.example.com/v1", "credential": nil]
        #expect(await registry.send(.patch, "/providers/main", open).json["credential_set"] == false)
        #expect(registry.live()?.variants[0].provider.credential == nil)
    }

    @Test(arguments: [
        "ftp://example.com", "https://user:pw@example.com", "https://example.com/v1?key=1", "https://example.com#x",
        "https://", "https:///v1", "http://169.254.169.254/latest", "http://[fe80::1]/v1", "http://2852039166/v1",
        "http://0xA9FEA9FE/v1", "http://0251.0376.0251.0376", "http://[::ffff:169.254.169.254]/",
        "http://metadata.google.internal/", "http://metadata.google.internal./", "http://example.com:0/",
        "http://example.com:99999", "http://exa mple.com", "http://example.com\\@evil.com", "http://[::1",
        "http://100.100.100.200/", "http://example.com/../x", "http://[fd00:ec2::254]/", "http://0.0.0.0:80",
    ])
    func anAddressThatCouldNeverBeAnUpstreamIsRefused(_ address: String) async throws {
        let registry = try await RegistryHarness()
        let reply = await registry.send(
            .post, "/providers", ["name": "p", "kind": "openai", "base_url": .string(address)])
        #expect(reply.status == 422)
        #expect(reply.pointers == ["/base_url"])
    }

    @Test(arguments: [
        "http://127.0.0.1:9000/v1", "http://localhost:11434", "https://api.openai.com/v1", "http://[::1]:8000/v1",
        "http://10.0.0.7", "http://vllm_1.internal:8000/v1/",
    ])
    func localServersMayBeNamed(_ address: String) async throws {
        let registry = try await RegistryHarness()
        let reply = await registry.send(
            .post, "/providers",
            ["name": "p", "kind": "vllm", "base_url": .string(address), "allow_private": true])
        #expect(reply.status == 201)
    }

    @Test func headersThatWouldBreakOrOverrideARequestAreRefused() async throws {
        let registry = try await RegistryHarness()
        let reply = await registry.send(
            .post, "/providers",
            [
                "name": "p", "kind": "gopher", "base_url": "https://example.com",
                "headers": [
                    "X-Good": "1", "Authorization": "x", "HOST": "y", "bad name": "1", "X-Split": "a\r\nX-Evil: 1",
                    "x-good": "2",
                ],
            ])
        #expect(reply.status == 422)
        #expect(
            Set(reply.pointers) == [
                "/kind", "/headers/Authorization", "/headers/HOST", "/headers/bad name", "/headers/X-Split",
                "/headers/x-good",
            ])
    }

    @Test func aProviderThatServesCannotBeDeletedAndOneThatDoesNotLosesItsCredential() async throws {
        let registry = try await RegistryHarness().seeded()
        #expect(await registry.send(.delete, "/providers/main").status == 409)
        #expect(await registry.send(.delete, "/models/support-model").status == 409)
        #expect(await registry.send(.delete, "/prompts/support%2Fgreeting").status == 409)
        _ = await registry.send(.delete, "/deployments/support-bot")
        #expect(await registry.send(.delete, "/providers/main").status == 204)
        #expect(await registry.send(.get, "/providers/main").status == 404)
        let sealed = try await registry.plane.control.read { connection in
            try connection.query("SELECT credential FROM providers") { try $0.isNull(0) }
        }
        #expect(sealed == [true])
        // A version that runs on it can be deployed no more.
        let reply = await registry.send(.post, "/deployments", RegistryHarness.deployment())
        #expect(reply.pointers == ["/variants/0/model", "/variants/1/model"])
    }

    @Test func aKindWithAnAddressOfItsOwnNeedsNone() async throws {
        let registry = try await RegistryHarness()
        let made = await registry.send(.post, "/providers", ["name": "p", "kind": "openai", "credential": "sk-1"])
        #expect(made.status == 201)
        #expect(made.json["base_url"] == "https://api.openai.com/v1")
        let refused = await registry.send(.post, "/providers", ["name": "q", "kind": "vllm"])
        #expect(refused.status == 422)
        #expect(refused.pointers == ["/base_url"])
        // To go back to it is to change the address.
        let moved: JSONValue = ["base_url": "https://proxy.example.com/v1", "credential": "sk-2"]
        #expect(await registry.send(.patch, "/providers/p", moved).status == 200)
        #expect(await registry.send(.patch, "/providers/p", ["base_url": nil]).pointers == ["/credential"])
        let back = await registry.send(.patch, "/providers/p", ["base_url": nil, "credential": "sk-3"])
        #expect(back.json["base_url"] == "https://api.openai.com/v1")
    }

    @Test func anotherKindAsksForTheCredentialAgain() async throws {
        let registry = try await RegistryHarness().seeded()
        let refused = await registry.send(.patch, "/providers/main", ["kind": "vllm"])
        #expect(refused.status == 422)
        #expect(refused.pointers == ["/credential"])
        #expect(registry.live()?.variants[0].provider.kind == "openai")
        let same: JSONValue = ["kind": "openai", "allow_private": true]
        #expect(await registry.send(.patch, "/providers/main", same).status == 200)
        let told: JSONValue = ["kind": "vllm", "credential": "sk-canary-3"]
        #expect(await registry.send(.patch, "/providers/main", told).status == 200)
        #expect(registry.live()?.variants[0].provider.credential?.revealed() == "sk-canary-3")
        // Without one there is nothing to give away.
        _ = await registry.send(.post, "/providers", ["name": "open", "kind": "openai"])
        #expect(await registry.send(.patch, "/providers/open", ["kind": "vllm"]).status == 200)
    }

    @Test func anAddressThatNobodyWroteFollowsTheSettings() async throws {
        let registry = try await RegistryHarness()
        let made = await registry.send(
            .post, "/providers",
            ["name": "p", "kind": "regional", "settings": ["place": "eu"], "credential": "sk-1"])
        #expect(made.status == 201)
        #expect(made.json["base_url"] == "https://eu.example.com")
        #expect(await registry.send(.patch, "/providers/p", ["allow_private": true]).status == 200)
        let moved: JSONValue = ["settings": ["place": "us"]]
        #expect(await registry.send(.patch, "/providers/p", moved).pointers == ["/credential"])
        let told = await registry.send(.patch, "/providers/p", moved.mergePatched(with: ["credential": "sk-2"]))
        #expect(told.json["base_url"] == "https://us.example.com")
        // One that somebody wrote does not, and has to fit.
        let written: JSONValue = ["name": "q", "kind": "regional", "base_url": "https://eu.example.com"]
        #expect(await registry.send(.post, "/providers", written).pointers == ["/settings/place"])
    }

    @Test func settingsAreThoseOfTheKindAndReachTheGateway() async throws {
        let registry = try await RegistryHarness().seeded()
        let base: JSONValue = ["name": "p", "kind": "dated", "base_url": "https://p.example.com"]
        for (settings, pointer) in [
            (["region": "eu"], "/settings/region"), (["api_version": "2024?x=1"], "/settings/api_version"),
            (["api_version": ""], "/settings/api_version"), (["api_version": 7], "/settings/api_version"),
        ] as [(JSONValue, String)] {
            let reply = await registry.send(
                .post, "/providers", base.mergePatched(with: .object(["settings": settings])))
            #expect(reply.status == 422)
            #expect(reply.pointers == [pointer])
        }
        let none: JSONValue = ["settings": ["api_version": "1"]]
        #expect(await registry.send(.patch, "/providers/main", none).pointers == ["/settings/api_version"])
        let change: JSONValue = [
            "kind": "dated", "settings": ["api_version": "2025-01-01-preview"], "credential": "sk-2",
        ]
        let changed = await registry.send(.patch, "/providers/main", change)
        #expect(changed.json["settings"] == ["api_version": "2025-01-01-preview"])
        let live = try #require(registry.live()?.variants[0].provider)
        #expect(live.kind == "dated")
        #expect(live.settings == ["api_version": "2025-01-01-preview"])
    }

    @Test func aStoredKindThatTheGatewayDoesNotKnowIsNotServed() async throws {
        let registry = try await RegistryHarness().seeded()
        try await registry.plane.control.write { transaction in
            try transaction.execute("UPDATE providers SET kind = 'gopher'")
        }
        await #expect(throws: (any Error).self) {
            try await registry.source.load(from: registry.plane.control)
        }
        #expect(await registry.send(.get, "/providers/main").json["kind"] == "gopher")
    }
}

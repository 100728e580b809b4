import Domain
import HTTP
import JSON
import REST
import Support
import Testing

@testable import Registry

@Suite struct ListingAndTenancyTests {
    @Test func cursorsNeitherHideNorRepeatWhatIsThereWhileOthersWrite() async throws {
        let registry = try await RegistryHarness()
        for index in 0..<7 { _ = await registry.send(.post, "/models", ["name": .string("m\(index)0")]) }
        var names = [String]()
        var path = "/models?limit=2"
        for round in 0..<10 {
            let reply = await registry.send(.get, path)
            #expect(reply.status == 200)
            names += reply.items.compactMap { $0["name"]?.stringValue }
            guard let cursor = reply.json["next_cursor"]?.stringValue else { break }
            path = "/models?limit=2&cursor=\(cursor)"
            _ = await registry.send(.post, "/models", ["name": .string("a\(round)")])
            _ = await registry.send(.delete, "/models/m00")
        }
        #expect(names == (0..<7).map { "m\($0)0" })
    }

    @Test(arguments: ["cursor=x!", "cursor=WzFd", "limit=0", "limit=501", "limit=two", "limt=3", "limit=1&limit=2"])
    func aListRefusesParametersItDoesNotKnow(_ query: String) async throws {
        let registry = try await RegistryHarness()
        let reply = await registry.send(.get, "/models?\(query)")
        #expect(reply.status == 422)
        #expect(reply.pointers == ["query/\(query.prefix { $0 != "=" })"])
    }

    @Test func anotherProjectSeesNothingAndMayTakeTheSameNames() async throws {
        let registry = try await RegistryHarness().seeded()
        let paths = [
            "/providers/main", "/models/support-model", "/models/support-model/versions",
            "/models/support-model/versions/1", "/models/support-model/aliases/champion",
            "/prompts/support%2Fgreeting", "/prompts/support%2Fgreeting/versions/1",
            "/prompts/support%2Fgreeting/labels/production", "/deployments/support-bot",
            "/deployments/support-bot/revisions", "/deployments/support-bot/revisions/1",
        ]
        for path in paths {
            #expect(await registry.send(.get, path).status == 200, "\(path)")
            #expect(await registry.send(.get, path, as: "other").status == 404, "\(path)")
        }
        for path in ["/providers", "/models", "/prompts", "/deployments"] {
            #expect(await registry.send(.get, path, as: "other").items == [])
        }
        #expect(await registry.send(.delete, "/deployments/support-bot", as: "other").status == 404)
        #expect(await registry.send(.post, "/models", ["name": "support-model"], as: "other").status == 201)
        // A version there cannot run on a provider from here.
        let reply = await registry.send(
            .post, "/models/support-model/versions", ["provider": "main", "provider_model": "x"], as: "other")
        #expect(reply.pointers == ["/provider"])
    }

    @Test func aKeyWithoutThePermissionIsToldWhichOne() async throws {
        let registry = try await RegistryHarness()
        let reply = await registry.send(.post, "/models", ["name": "m"], as: "viewer")
        #expect(reply.status == 403)
        #expect(reply.json["detail"]?.stringValue?.contains("models.write") == true)
        #expect(await registry.send(.get, "/models", as: "nobody").status == 401)
    }

    @Test func everyWriteIsAuditedInOneChain() async throws {
        let registry = try await RegistryHarness().seeded()
        _ = await registry.send(.patch, "/models/support-model", ["description": "x"])
        _ = await registry.send(.post, "/models", ["name": "support-model"])
        let audit = try await registry.audit()
        #expect(
            audit.map(\.action) == [
                "provider.create", "model.create", "model_version.create", "model_version.create", "model_alias.put",
                "prompt.create", "prompt_version.create", "prompt_label.put", "deployment.create", "model.update",
            ])
        #expect(!audit.map(\.chained).contains(false))
    }

    @Test func theSameKeyAndBodyIsOneDeedAndAnotherBodyIsRefused() async throws {
        let registry = try await RegistryHarness().seeded()
        let key = [("Idempotency-Key", "k-1")]
        let body: JSONValue = ["provider": "main", "provider_model": "gpt-c"]
        let first = await registry.send(.post, "/models/support-model/versions", body, headers: key)
        let again = await registry.send(.post, "/models/support-model/versions", body, headers: key)
        #expect(first.status == 201)
        #expect(again.status == 201)
        #expect(first.json == again.json)
        #expect(first.location == "/api/v1/models/support-model/versions/3")
        #expect(again.location == first.location)
        #expect(first.response.headers["Idempotency-Replayed"] == nil)
        #expect(again.response.headers["Idempotency-Replayed"] == "true")
        let other = await registry.send(
            .post, "/models/support-model/versions", ["provider": "main", "provider_model": "gpt-d"], headers: key)
        #expect(other.status == 422)
        #expect(await registry.send(.get, "/models/support-model").json["latest_version"] == 3)
        registry.plane.clock.advance(milliseconds: 24 * 3_600 * 1_000 + 1)
        let later = await registry.send(.post, "/models/support-model/versions", body, headers: key)
        #expect(later.json["version"] == 4)
    }

    @Test func everyRouteIsDocumentedOnce() async throws {
        let registry = try await RegistryHarness()
        let paths = OpenAPIDocument(registry.plane.endpoints, version: "1").value["paths"]?.objectValue ?? [:]
        let operations = paths.flatMap { $0.value.objectValue ?? [:] }.map(\.value)
        #expect(operations.count == registry.plane.endpoints.count)
        #expect(Set(operations.compactMap { $0["operationId"]?.stringValue }).count == operations.count)
        for operation in operations {
            #expect(operation["x-permission"] != nil)
            #expect(operation["responses"]?["422"] != nil)
        }
    }
}

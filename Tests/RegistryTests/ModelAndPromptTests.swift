import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Registry

@Suite struct ModelAndPromptTests {
    @Test func versionsCountFromOneAndCannotBeChanged() async throws {
        let registry = try await RegistryHarness().seeded()
        let listed = await registry.send(.get, "/models/support-model/versions").items
        #expect(listed.map { $0["version"] } == [2, 1])
        #expect(listed[0]["state"] == "registered")
        for method in [HTTP.Method.patch, .put, .delete] {
            #expect(await registry.send(method, "/models/support-model/versions/1", ["tags": [:]]).status == 405)
            #expect(await registry.send(method, "/prompts/support%2Fgreeting/versions/1", ["text": ""]).status == 405)
        }
        for version in ["0", "3", "01", "x", "-1"] {
            #expect(await registry.send(.get, "/models/support-model/versions/\(version)").status == 404)
        }
        let model = await registry.send(.get, "/models/support-model").json
        #expect(model["latest_version"] == 2)
        #expect(model["aliases"] == ["champion": 1])
    }

    @Test func aModelVersionTellsEveryFault() async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(
            .post, "/models/support-model/versions",
            [
                "provider": "main", "parametres": [:], "artifact": ["uri": "s3://b/k", "sha256": "xyz"],
                "metrics": ["accuracy": "high"], "price": ["input_micro_usd_per_mtok": -1],
                "parameters": ["stream": true],
            ])
        #expect(reply.status == 422)
        #expect(
            Set(reply.pointers) == [
                "/parametres", "/provider_model", "/artifact/sha256", "/metrics/accuracy",
                "/price/input_micro_usd_per_mtok", "/price/output_micro_usd_per_mtok", "/parameters/stream",
            ])
        #expect(reply.json.text.contains("did you mean parameters?"))
    }

    @Test func pointersAreMadeMovedAndDeleted() async throws {
        let registry = try await RegistryHarness().seeded()
        let path = "/models/support-model/aliases/challenger"
        let made = await registry.send(.put, path, ["version": 1])
        #expect(made.status == 201)
        #expect(made.location == "/api/v1/models/support-model/aliases/challenger")
        let stale = made.entityTag
        #expect(await registry.send(.put, path, ["version": 2], headers: [("If-Match", stale)]).status == 200)
        #expect(await registry.send(.put, path, ["version": 1], headers: [("If-Match", stale)]).status == 412)
        #expect(await registry.send(.put, path, ["version": 3]).pointers == ["/version"])
        #expect(await registry.send(.put, "/models/support-model/aliases/7", ["version": 1]).pointers == ["path/alias"])
        #expect(await registry.send(.get, "/models/support-model/aliases").items.count == 2)
        #expect(await registry.send(.delete, path).status == 204)
        #expect(await registry.send(.get, path).status == 404)
    }

    @Test func aPromptOfAFolderIsAddressedWithAnEncodedSlash() async throws {
        let registry = try await RegistryHarness().seeded()
        let made = await registry.send(.post, "/prompts", ["name": "a/b/c"])
        #expect(made.location == "/api/v1/prompts/a%2Fb%2Fc")
        let version = await registry.send(
            .post, "/prompts/a%2Fb%2Fc/versions", ["type": "text", "text": "Hi {{name}}, {{user.city}}"])
        #expect(version.location == "/api/v1/prompts/a%2Fb%2Fc/versions/1")
        #expect(version.json["variables"] == ["name", "user.city"])
        #expect(await registry.send(.post, "/models", ["name": "a/b"]).pointers == ["/name"])
    }

    @Test func renderingNamesEveryMissingVariable() async throws {
        let registry = try await RegistryHarness().seeded()
        let path = "/prompts/support%2Fgreeting/render"
        let rendered = await registry.send(.post, path, ["variables": ["tone": "<kind> & \"calm\""]])
        #expect(rendered.status == 200)
        #expect(
            rendered.json == [
                "messages": [
                    ["role": "system", "content": "Be <kind> & \"calm\"."],
                    ["role": "placeholder", "name": "messages"],
                ]
            ])
        let missing = await registry.send(.post, path, ["label": "production", "variables": [:]])
        #expect(missing.status == 422)
        #expect(missing.pointers == ["/variables/tone"])
        #expect(await registry.send(.post, path, ["version": 9]).pointers == ["/version"])
        #expect(await registry.send(.post, path, ["label": "beta"]).pointers == ["/label"])
        #expect(await registry.send(.post, path, ["label": "production", "version": 1]).pointers == ["/label"])
    }

    @Test func aPromptVersionTellsEveryFault() async throws {
        let registry = try await RegistryHarness().seeded()
        let reply = await registry.send(
            .post, "/prompts/support%2Fgreeting/versions",
            [
                "type": "chat", "text": "x", "labels": ["7"], "response_format": ["type": "json_schema"],
                "messages": [
                    ["role": "system", "content": "{{>partial}}"], ["role": "narrator", "content": "x"],
                    ["role": "user"], ["role": "user", "content": "{{#open}}"],
                    ["role": "placeholder", "name": "messages"], ["role": "placeholder", "name": "messages"],
                    ["role": "user", "content": "x", "contents": "y"], "text",
                ],
            ])
        #expect(reply.status == 422)
        #expect(
            Set(reply.pointers) == [
                "/text", "/labels/0", "/response_format/json_schema", "/messages/0/content", "/messages/1/role",
                "/messages/2/content", "/messages/3/content", "/messages/5", "/messages/6/contents", "/messages/7",
            ])
    }

    @Test func datasetExamplesAreKeptInOrderAndCheckedOneByOne() async throws {
        let registry = try await RegistryHarness()
        _ = await registry.send(.post, "/datasets", ["name": "golden"])
        let items = (0..<5).map { index -> JSONValue in
            ["input": ["variables": ["n": JSONValue(index)]], "expected": JSONValue(index), "tags": ["t"]]
        }
        let made = await registry.send(.post, "/datasets/golden/examples", ["items": .array(items)])
        #expect(made.status == 201)
        #expect(made.items.count == 5)
        let page = await registry.send(.get, "/datasets/golden/examples?limit=3")
        #expect(page.items.map { $0["expected"] } == [0, 1, 2])
        let id = page.items[0]["id"]?.stringValue ?? ""
        #expect(await registry.send(.delete, "/datasets/golden/examples/\(id)").status == 204)
        #expect(await registry.send(.get, "/datasets/golden").json["examples"] == 4)
        let read = try await DatasetReader(control: registry.plane.control)
            .examples(project: "default", dataset: "golden")
        #expect(read?.map(\.expected) == [1, 2, 3, 4])
        #expect(read?.first?.input == .variables(["n": 1]))
        #expect(
            try await DatasetReader(control: registry.plane.control)
                .examples(project: "other", dataset: "golden") == nil)
        let faulty = await registry.send(
            .post, "/datasets/golden/examples",
            [
                "items": [
                    ["input": [:], "expected": 1], ["input": ["messages": [["role": "wizard"]]]],
                    ["input": ["messages": [["role": "user", "content": "x"]], "variables": [:]], "expected": nil],
                ]
            ])
        #expect(
            Set(faulty.pointers) == [
                "/items/0/input", "/items/1/input/messages/0/role", "/items/1/expected", "/items/2/input",
            ])
    }
}

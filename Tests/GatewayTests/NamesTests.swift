import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct NamesTests {
    static func rig(_ url: String, deployments: Set<String>? = nil, environment: String = "production") async throws
        -> Rig
    {
        func live(_ name: String, _ environment: String, _ revision: Int) -> LiveDeployment {
            Rig.deployment(
                name, [Rig.variant("\(environment)-\(revision)", url, weight: 100)], environment: environment,
                revision: revision)
        }
        return try await Rig(
            [live("bot", "production", 3), live("bot", "staging", 9), live("other", "production", 1)],
            principal: Principal(
                keyID: "k", name: "n", project: "default", role: .caller, deployments: deployments,
                environment: environment),
            pinned: [live("bot", "production", 2)])
    }

    @Test(arguments: [
        ("bot", "production-3"), ("bot@staging", "staging-9"), ("bot@3", "production-3"), ("bot@2", "production-2"),
    ])
    func aNameMayPinAnEnvironmentOrARevision(name: String, variant: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let answer = try await Self.rig(upstream.baseURL).post("{\"model\":\"\(name)\",\"messages\":[]}")
        #expect(answer["x-signalbox-variant"] == variant)
    }

    @Test(arguments: ["nobody", "bot@1", "bot@nowhere", "bot@", "@", "other"])
    func whatDoesNotExistOrMayNotBeCalledIsModelNotFound(name: String) async throws {
        let rig = try await Self.rig("http://127.0.0.1:1", deployments: ["bot"])
        let answer = try await rig.post("{\"model\":\"\(name)\",\"messages\":[]}")
        #expect(answer.status == 404)
        #expect(answer.error("code") == "model_not_found")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .invalidRequest)
        #expect(outcome.deploymentID.isEmpty)
    }

    @Test func modelsListsWhatTheKeyMayCall() async throws {
        let rig = try await Self.rig("http://127.0.0.1:1")
        let all = try JSONValue(parsing: try await rig.get("/v1/models").body)
        #expect(all["object"]?.stringValue == "list")
        #expect(all["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["bot", "other"])
        let few = try await Self.rig("http://127.0.0.1:1", deployments: ["other"])
        let listed = try JSONValue(parsing: try await few.get("/v1/models").body)
        #expect(listed["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["other"])
        #expect(try await few.get("/v1/models/other").status == 200)
        #expect(try await few.get("/v1/models/bot").status == 404)
    }
}

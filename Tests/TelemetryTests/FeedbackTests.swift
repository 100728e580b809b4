import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Telemetry

@Suite struct FeedbackTests {
    private static func body(_ changes: JSONValue = [:]) -> JSONValue {
        let body: JSONValue = [
            "outcome_id": "01KG9MFMM00000000000000001", "name": "helpful", "value": 0.25, "source": "human",
        ]
        return body.mergePatched(with: changes)
    }

    @Test func feedbackOnAnOutcomeThatIsStillInTheQueueIsTakenAndReadBack() async throws {
        let harness = try await TelemetryHarness()
        harness.record {
            $0.arm = $0.arm.with(revision: 4, variant: "b")
        }
        let made = await harness.send(.post, "/feedback", Self.body(["comment": "nice"]))
        #expect(made.status == 201)
        let id = made.json["id"]?.stringValue ?? ""
        #expect(made.location == "/api/v1/feedback/\(id)")
        #expect(
            made.json == [
                "id": .string(id), "outcome_id": "01KG9MFMM00000000000000001", "deployment": "bot",
                "environment": "production",
                "variant": "b", "revision": 4, "name": "helpful", "value": 0.25, "source": "human", "comment": "nice",
                "created_at": "2026-01-31T09:05:00.250Z", "created_by": "key:admin",
            ])
        #expect(await harness.send(.get, "/feedback/\(id)").json == made.json)
        #expect(await harness.send(.get, "/feedback/\(id)", as: "other").status == 404)
        #expect(await harness.send(.get, "/feedback", as: "other").items.isEmpty)
    }

    @Test func theOutcomeOfNobodyOrOfAnotherProjectIsRefused() async throws {
        let harness = try await TelemetryHarness()
        harness.record()
        for (body, key) in [(Self.body(["outcome_id": "01KG9MFMM09999999999999999"]), "admin"), (Self.body(), "other")]
        {
            let reply = await harness.send(.post, "/feedback", body, as: key)
            #expect(reply.status == 422)
            #expect(reply.pointers == ["/outcome_id"])
        }
        #expect(await harness.send(.post, "/feedback", Self.body(), as: "viewer").status == 403)
        #expect(try await harness.count("feedback") == 0)
    }

    @Test(
        arguments: [
            (["value": 1.01], "/value"), (["value": -0.1], "/value"), (["value": "yes"], "/value"),
            (["source": "robot"], "/source"), (["name": "A b"], "/name"), (["outcome_id": ""], "/outcome_id"),
            (["comment": 5], "/comment"), (["valeu": 1], "/valeu"), (["value": nil], "/value"),
        ] as [(JSONValue, String)])
    func whatIsWrongIsNamedByItsPointer(_ change: JSONValue, _ pointer: String) async throws {
        let harness = try await TelemetryHarness()
        harness.record()
        let reply = await harness.send(.post, "/feedback", Self.body(change))
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
    }

    @Test func truthIsOneAndFalsehoodZero() async throws {
        let harness = try await TelemetryHarness()
        harness.record()
        for (value, stored) in [(true, 1), (false, 0), (1, 1), (0, 0)] as [(JSONValue, JSONValue)] {
            #expect(await harness.send(.post, "/feedback", Self.body(["value": value])).json["value"] == stored)
        }
    }

    @Test func theSameIdempotencyKeyAttachesOneScore() async throws {
        let harness = try await TelemetryHarness()
        harness.record()
        let headers = [("Idempotency-Key", "once")]
        let first = await harness.send(.post, "/feedback", Self.body(), headers: headers)
        let second = await harness.send(.post, "/feedback", Self.body(), headers: headers)
        #expect(second.status == 201)
        #expect(second.json == first.json)
        #expect(second.location == first.location)
        #expect(second.response.headers["Idempotency-Replayed"] == "true")
        #expect(first.response.headers["Idempotency-Replayed"] == nil)
        let other = await harness.send(.post, "/feedback", Self.body(["value": 1]), headers: headers)
        #expect(other.status == 422)
        #expect(other.pointers == ["header/Idempotency-Key"])
        #expect(try await harness.count("feedback") == 1)
        // A day later the key is free.
        harness.plane.clock.advance(milliseconds: 86_400_000)
        #expect(await harness.send(.post, "/feedback", Self.body(["value": 1]), headers: headers).status == 201)
    }

    @Test func theListIsFilteredAndPagedNewestFirst() async throws {
        let harness = try await TelemetryHarness()
        harness.record()
        harness.record { $0.arm = $0.arm.with(deployment: "two") }
        for (outcome, name) in [
            ("01KG9MFMM00000000000000001", "x"), ("01KG9MFMM00000000000000002", "x"),
            ("01KG9MFMM00000000000000001", "y"), ("01KG9MFMM00000000000000001", "x"),
        ] {
            let reply = await harness.send(
                .post, "/feedback", Self.body(["outcome_id": .string(outcome), "name": .string(name)]))
            #expect(reply.status == 201)
        }
        func names(_ query: String) async -> [String] {
            await harness.send(.get, "/feedback?\(query)").items.map {
                ($0["deployment"]?.stringValue ?? "") + "." + ($0["name"]?.stringValue ?? "")
            }
        }
        #expect(await names("") == ["bot.x", "bot.y", "two.x", "bot.x"])
        #expect(await names("deployment=two") == ["two.x"])
        #expect(await names("outcome_id=01KG9MFMM00000000000000001&name=x") == ["bot.x", "bot.x"])
        let page = await harness.send(.get, "/feedback?limit=3")
        #expect(page.items.count == 3)
        let cursor = try #require(page.json["next_cursor"]?.stringValue)
        #expect(await harness.send(.post, "/feedback", Self.body()).status == 201)
        let rest = await harness.send(.get, "/feedback?limit=3&cursor=\(cursor)")
        #expect(rest.items.count == 1)
        #expect(rest.json["next_cursor"] == .null)
    }
}

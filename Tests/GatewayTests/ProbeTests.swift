import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct ProbeTests {
    @Test func aProbeTakesTheSameWayAndIsRecordedApart() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let prompt = try RequestTests.chat([["role": "user", "content": "{{question}}"]])
        let variants = [
            Rig.variant("a", "http://127.0.0.1:1", weight: 100),
            Rig.variant("b", upstream.baseURL, weight: 0, prompt: prompt),
        ]
        let rig = try await Rig([Rig.deployment("bot", variants, fallbacks: [1])])
        let answer = await rig.gateway.probe(
            ProbeRequest(
                deployment: Rig.deployment("bot", variants), variant: 1, input: .variables(["question": "6*7?"]),
                runID: "run1", timeout: .seconds(5)))
        #expect(answer.status == .ok)
        #expect(answer.text == "42")
        #expect(answer.error == nil)
        let outcome = await rig.outcomes.one()
        #expect(outcome.id.text == answer.outcomeID)
        #expect(outcome.origin == .probe)
        #expect(outcome.variant == "b")
        #expect(outcome.requestID == "run1")
        #expect(try JSONValue(parsing: upstream.requests[0].body)["messages"]?[0]?["content"]?.stringValue == "6*7?")
    }

    @Test func aProbeThatFailsSaysWhyAndDoesNotFallBack() async throws {
        let good = try ScriptedUpstream(FallbackTests.good)
        let silent = try ScriptedUpstream([.untilDeparture])
        let variants = [
            Rig.variant("a", silent.baseURL, weight: 100), Rig.variant("b", good.baseURL, weight: 0),
        ]
        let deployment = Rig.deployment("bot", variants, fallbacks: [1])
        let rig = try await Rig([deployment])
        let answer = await rig.gateway.probe(
            ProbeRequest(
                deployment: deployment, variant: 0, input: .messages([["role": "user", "content": "?"]]), runID: "r",
                timeout: .milliseconds(60)))
        #expect(answer.status == .upstreamTimeout)
        #expect(answer.text == nil)
        #expect(answer.error == "timeout_total")
        #expect(good.connections == 0)
    }
}

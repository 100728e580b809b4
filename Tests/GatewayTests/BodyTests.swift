import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct BodyTests {
    private static func rig(
        _ upstreams: [ScriptedUpstream], storesBodies: Bool = true, bytesMax: Int = 4_096, plainMax: Int? = nil
    ) async throws -> Rig {
        let variants = upstreams.enumerated().map { index, upstream in
            Rig.variant("v\(index)", upstream.baseURL, weight: index == 0 ? 100 : 0)
        }
        var settings = GatewaySettings()
        settings.storedBodyBytesMax = bytesMax
        if let plainMax { settings.plainAnswerBytesMax = plainMax }
        return try await Rig(
            [
                Rig.deployment(
                    "bot", variants, fallbacks: Array(variants.indices.dropFirst()), storesBodies: storesBodies)
            ], settings: settings)
    }

    private static let stream =
        ScriptedUpstream.events([
            ScriptedUpstream.delta("4"), ScriptedUpstream.delta("2"), ScriptedUpstream.usage, "[DONE]",
        ]) + [ScriptedUpstream.lastChunk]

    @Test func nothingIsHeldUnlessTheDeploymentSaysSo() async throws {
        let plain = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let streamed = try ScriptedUpstream(Self.stream)
        for (upstream, question) in [(plain, Rig.question), (streamed, Rig.streamed)] {
            let rig = try await Self.rig([upstream], storesBodies: false)
            #expect(try await rig.post(question).status == 200)
            #expect(await rig.outcomes.one().bodies == nil)
            #expect(upstream.requests.count == 1)
        }
    }

    @Test func aPlainAnswerAndItsRequestAreHeldByteForByte() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post()
        let bodies = try #require(await rig.outcomes.one().bodies)
        // What the caller sent, not what the provider got.
        #expect(bodies.request.bytes == Array(Rig.question.utf8))
        #expect(bodies.answer?.bytes == answer.body)
        #expect(bodies.answer?.isCut == false)
        #expect(bodies.answer?.form == .document)
    }

    @Test func aFallbackLeavesWhatTheCallerGot() async throws {
        let bad = try ScriptedUpstream(ScriptedUpstream.plain(#"{"no":1}"#, status: 500))
        let good = try ScriptedUpstream(FallbackTests.good)
        let rig = try await Self.rig([bad, good])
        _ = try await rig.post()
        let bodies = try #require(await rig.outcomes.one().bodies)
        #expect(bodies.request.bytes == Array(Rig.question.utf8))
        #expect(bodies.answer?.bytes == Array(ScriptedUpstream.completion.utf8))
    }

    @Test func aRefusalIsAnAnswerAndAFailureIsNone() async throws {
        let refusal = #"{"error":{"message":"no","type":"invalid_request_error","param":"n","code":"bad_n"}}"#
        let upstream = try ScriptedUpstream { _, index in
            ScriptedUpstream.plain(index == 0 ? refusal : "{}", status: index == 0 ? 400 : 500)
        }
        let refusing = try await Self.rig([upstream])
        #expect(try await refusing.post().status == 400)
        #expect(await refusing.outcomes.one().bodies?.answer?.bytes == Array(refusal.utf8))
        #expect(try await refusing.post().status == 502)
        let outcome = await refusing.outcomes.first(2)[1]
        #expect(outcome.bodies != nil)
        #expect(outcome.bodies?.answer == nil)
        #expect(upstream.requests.count == 2)
    }

    @Test func theEventsOfAStreamAreHeldAsFarAsTheyWereRelayed() async throws {
        let broken = ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.reset]
        let upstream = try ScriptedUpstream { _, index in index == 0 ? Self.stream : broken }
        let rig = try await Self.rig([upstream])
        #expect(try await rig.post(Rig.streamed).status == 200)
        let answer = try #require(await rig.outcomes.one().bodies?.answer)
        #expect(answer.form == .events)
        let expected = [ScriptedUpstream.delta("4"), ScriptedUpstream.delta("2")]
        #expect(
            answer.bytes.split(separator: BodyExcerpt.separator).map { String(decoding: $0, as: UTF8.self) } == expected
        )
        #expect(answer.byteCount == expected.reduce(0) { $0 + $1.utf8.count })
        _ = try await rig.post(Rig.streamed)
        let outcome = await rig.outcomes.first(2)[1]
        #expect(outcome.status == .brokenStream)
        #expect(outcome.bodies?.answer?.byteCount == expected[0].utf8.count)
        #expect(upstream.requests.count == 2)
    }

    @Test func whatIsLongerThanItMayBeIsCutWhicheverWayItComes() async throws {
        let text = String(repeating: "x", count: 5_000)
        let body = #"{"choices":[{"message":{"content":"\#(text)"}}]}"#
        let question = #"{"model":"bot","messages":[{"role":"user","content":"\#(text)"}]}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        // Whole, and streamed on because it is more than the gateway buffers.
        for plainMax in [nil, 1_024] {
            let rig = try await Self.rig([upstream], bytesMax: 1_500, plainMax: plainMax)
            #expect(try await rig.post(question).text == body)
            let bodies = try #require(await rig.outcomes.one().bodies)
            let held = 1_500 + BodyExcerpt.marginBytes
            #expect(bodies.request.bytes == Array(question.utf8.prefix(held)))
            #expect(bodies.request.byteCount == question.utf8.count)
            #expect(bodies.answer?.bytes == Array(body.utf8.prefix(held)))
            #expect(bodies.answer?.byteCount == body.utf8.count)
            #expect(bodies.request.isCut && bodies.answer?.isCut == true)
        }
        #expect(upstream.requests.count == 2)
    }

    @Test func probesAreHeldToo() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let deployment = Rig.deployment(
            "bot", [Rig.variant("a", upstream.baseURL, weight: 100)], storesBodies: true)
        let rig = try await Rig([deployment])
        _ = await rig.gateway.probe(
            ProbeRequest(
                deployment: deployment, variant: 0, input: .messages([["role": "user", "content": "6*7?"]]), runID: "r",
                timeout: .seconds(5)))
        let bodies = try #require(await rig.outcomes.one().bodies)
        #expect(try JSONValue(parsing: bodies.request.bytes)["messages"]?[0]?["content"] == "6*7?")
        #expect(bodies.answer?.bytes == Array(ScriptedUpstream.completion.utf8))
    }
}

import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    @Test func eventsArriveWithoutTheUsageThatNobodyAskedFor() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([
                ScriptedUpstream.delta("4"), ScriptedUpstream.delta("2"), ScriptedUpstream.finish,
                ScriptedUpstream.usage, "[DONE]",
            ]) + [ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer["content-type"] == "text/event-stream; charset=utf-8")
        let events = answer.text.split(separator: "\n\n").map(String.init)
        #expect(events.count == 4)
        #expect(events.last == "data: [DONE]")
        #expect(!answer.text.contains("usage"))
        #expect(events[0] == #"data: {"choices":[{"index":0,"delta":{"content":"4"},"finish_reason":null}]}"#)
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["stream_options"]?["include_usage"]?.boolValue == true)
        let outcome = await rig.outcomes.one()
        #expect(outcome.isStream)
        #expect(outcome.status == .ok)
        #expect(outcome.tokens == Outcome.Tokens(input: 7, output: 3))
        #expect(outcome.costMicroUSD == 38)
        #expect(outcome.finishReason == "stop")
        #expect(outcome.firstTokenMilliseconds != nil)
    }

    @Test func usageThatTheCallerAskedForPassesUntouched() async throws {
        let events = [ScriptedUpstream.delta("42"), ScriptedUpstream.usage, "[DONE]"]
        let upstream = try ScriptedUpstream(ScriptedUpstream.events(events) + [ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL])
        let body = #"{"model":"bot","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#
        let answer = try await rig.post(body)
        #expect(answer.text == events.map { "data: \($0)\n\n" }.joined())
        #expect(upstream.requests[0].text == body.replacing("bot", with: "upstream-model"))
    }

    @Test func anErrorEventThatQuotesOurCredentialIsToldInOurWords() async throws {
        let error = #"{"error":{"message":"Incorrect API key: sk-canary-v0","type":"t","param":null,"code":"c"}}"#
        let gate = Gate()
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.wait(gate)]
                + [ScriptedUpstream.chunk("data: \(error)\n\n"), ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        let answer = try await caller.read { text in
            if text.contains("content") { gate.open() }
            return false
        }
        caller.socket.close()
        #expect(!answer.text.contains("canary") && !answer.text.contains("[DONE]"))
        #expect(answer.text.contains(#"data: {"error":{"message":"the provider reported an error""#))
        #expect(await rig.outcomes.one().error == "error_event")
    }

    @Test(arguments: [
        ScriptedUpstream.Step.reset, .close, ScriptedUpstream.lastChunk, ScriptedUpstream.chunk("data: x\n\n"),
    ])
    func aBreakInTheMiddleIsToldAndNeverFinished(end: ScriptedUpstream.Step) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.wait(gate), end])
        let rig = try await Rig([upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        let answer = try await caller.read { text in
            if text.contains("content") { gate.open() }
            return false
        }
        caller.socket.close()
        #expect(answer.status == 200)
        #expect(answer.text.contains("content"))
        #expect(!answer.text.contains("[DONE]"))
        #expect(!answer.text.contains("\"stop\""))
        let last = try #require(answer.text.split(separator: "\n\n").last)
        let error = try JSONValue(parsing: Array(last.dropFirst("data: ".count).utf8))["error"]
        #expect(error?["message"]?.stringValue != nil)
        #expect(error?["type"]?.stringValue == "server_error")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .brokenStream)
        #expect(outcome.finishReason == nil)
        #expect(outcome.attempts.count == 1)
    }

    @Test func theProvidersOwnErrorEventPassesAsItIs() async throws {
        let event = #"{"error":{"message":"overloaded","type":"server_error","param":null,"code":null}}"#
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4"), event]) + [ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.hasSuffix("data: \(event)\n\n"))
        #expect(await rig.outcomes.one().error == "error_event")
    }

    @Test func eventsAreFlushedAsTheyArrive() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("first")]) + [.untilDeparture])
        let rig = try await Rig([upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        let begun = try await caller.read { $0.contains("first") }
        #expect(begun.text.contains("first"))
        #expect(rig.outcomes.count == 0)
        caller.socket.close()
        await upstream.departure()
    }

    @Test func streamsLeaveTheirConnectionForTheNext() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.stream(["42"]))
        let rig = try await Rig([upstream.baseURL])
        for _ in 0..<5 {
            #expect(try await rig.post(Rig.streamed).isWhole)
            // The last chunk of the upstream is read after [DONE] went out; a plain request waits for no such thing.
        }
        #expect(upstream.requests.count == 5)
        #expect(upstream.connections <= 2)
    }

    @Test func aSilentStreamIsKeptAliveByComments() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.pause(400)]
                + [ScriptedUpstream.chunk("data: [DONE]\n\n"), ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(Rig.streamed, fields: ["x-stainless-read-timeout: 0.2"])
        #expect(answer.text.contains(": ping\n\n"))
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        #expect(await rig.outcomes.one().status == .ok)
    }

    @Test func aSlowFirstEventIsAnnouncedByACommentInTime() async throws {
        let upstream = try ScriptedUpstream([.pause(400)] + ScriptedUpstream.stream(["42"]))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(Rig.streamed, fields: ["x-stainless-read-timeout: 0.2"])
        #expect(answer.status == 200)
        #expect(answer.text.hasPrefix(": ping\n\n"))
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
    }

    @Test func aSlowCallerPausesTheUpstreamAndLosesNothing() async throws {
        var settings = GatewaySettings()
        settings.streamBufferBytesMax = 32_768
        let texts = (0..<2_000).map { "\($0)-" + String(repeating: "w", count: 1_000) }
        let upstream = try ScriptedUpstream(ScriptedUpstream.stream(texts))
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.isWhole)
        let events = answer.text.split(separator: "\n\n")
        #expect(events.count == texts.count + 2)
        for index in stride(from: 0, to: texts.count, by: 997) { #expect(events[index].contains(texts[index])) }
    }
}

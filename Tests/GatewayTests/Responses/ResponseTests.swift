import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

/// `/v1/responses`: typed events, and what a provider keeps.
@Suite(.timeLimit(.minutes(1))) struct ResponseTests {
    static let path = "/v1/responses"
    static let plain =
        #"{"id":"resp_1","object":"response","status":"completed","#
        + #""output":[{"type":"message","content":[{"text":"42"}]}],"#
        + #""usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":2,"#
        + #""output_tokens_details":{"reasoning_tokens":1},"total_tokens":11}}"#

    static func event(_ type: String, _ rest: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(rest)}\n\n"
    }

    static let opening = event("response.created", #""response":{"id":"resp_1","status":"in_progress","usage":null}"#)
    static let delta = event("response.output_text.delta", #""delta":"42""#)

    static func stream(_ events: [String]) -> [ScriptedUpstream.Step] {
        [.send(ScriptedUpstream.streamHead)] + events.map(ScriptedUpstream.chunk) + [ScriptedUpstream.lastChunk]
    }

    @Test func aPlainResponsePassesUntouchedBothWays() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(
            #"{"model":"bot","input":"6*7?","store":false,"tomorrow":[1.50],"user":"olena"}"#, path: Self.path)
        #expect(answer.text == Self.plain)
        #expect(
            upstream.requests[0].text
                == #"{"model":"upstream-model","input":"6*7?","store":false,"tomorrow":[1.50],"user":"olena"}"#)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.surface == "responses" && outcome.unit == "olena")
        #expect(outcome.tokens?.input == 9 && outcome.tokens?.output == 2 && outcome.tokens?.cached == 4)
        #expect(outcome.finishReason == "completed")
    }

    @Test(arguments: ["completed", "incomplete"])
    func aStreamEndsWithItsLastEventAndTellsItsUsage(status: String) async throws {
        let last = Self.event(
            "response.\(status)",
            #""response":{"id":"resp_1","status":"\#(status)","usage":{"input_tokens":9,"output_tokens":2}}"#)
        let upstream = try ScriptedUpstream(Self.stream([Self.opening, Self.delta, last]))
        let rig = try await Rig([upstream.baseURL])
        let body = #"{"model":"bot","input":"6*7?","stream":true,"stream_options":{"include_obfuscation":false}}"#
        let answer = try await rig.post(body, path: Self.path)
        #expect(answer.text == Self.opening + Self.delta + last && answer.isWhole)
        #expect(upstream.requests[0].text == body.replacing("bot", with: "upstream-model"))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.isStream && outcome.firstTokenMilliseconds != nil)
        #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 2))
        #expect(outcome.finishReason == status)
    }

    @Test(arguments: [true, false])
    func aStreamThatFailsOrStopsIsNoWholeAnswer(fails: Bool) async throws {
        let failure = Self.event(
            "response.failed",
            #""response":{"status":"failed","error":{"code":"server_error"},"#
                + #""usage":{"input_tokens":9,"output_tokens":1}}"#)
        let upstream = try ScriptedUpstream(Self.stream([Self.opening, Self.delta] + (fails ? [failure] : [])))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(#"{"model":"bot","input":"x","stream":true}"#, path: Self.path)
        if fails {
            #expect(answer.text == Self.opening + Self.delta + failure)
        } else {
            #expect(answer.text.hasPrefix(Self.opening + Self.delta))
            #expect(answer.text.contains(#""error":{"message""#))
        }
        #expect(!answer.text.contains("response.completed"))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .brokenStream)
        // What failed is paid for all the same.
        if fails { #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 1)) }
    }

    @Test func theMarkOfAnEndIsNoneWithoutTheLastEvent() async throws {
        let upstream = try ScriptedUpstream(Self.stream([Self.opening, Self.delta, "data: [DONE]\n\n"]))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(#"{"model":"bot","input":"x","stream":true}"#, path: Self.path)
        #expect(!answer.text.contains("[DONE]"))
        #expect(await rig.outcomes.one().status == .brokenStream)
    }

    /// The last event has all that was said, and is what is stored.
    @Test func aStreamIsHeldToItsLastEventButForItsSound() async throws {
        let sound = Self.event("response.output_audio.delta", #""delta":"UklGRg==""#)
        let last = Self.event("response.completed", #""response":{"id":"resp_1","status":"completed"}"#)
        let upstream = try ScriptedUpstream(Self.stream([Self.opening, sound, Self.delta, last]))
        let rig = try await Rig([
            Rig.deployment("bot", [Rig.variant("a", upstream.baseURL, weight: 100)], storesBodies: true)
        ])
        let answer = try await rig.post(#"{"model":"bot","input":"x","stream":true}"#, path: Self.path)
        #expect(answer.text == Self.opening + sound + Self.delta + last)
        let stored = try #require(await rig.outcomes.one().bodies?.answer)
        let text = String(decoding: stored.bytes, as: UTF8.self)
        #expect(text.contains("response.completed") && text.contains("output_text") && !text.contains("UklGRg"))
    }

    /// What a provider keeps under a name of its own is no answer for somebody else.
    @Test(arguments: ["bot", "bot@1"])
    func noResponseIsSharedWhicheverRevisionGivesIt(model: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let variants = [Rig.variant("a", upstream.baseURL, weight: 100)]
        let rig = try await Rig(
            [Rig.deployment("bot", variants, cache: CachePolicy(seconds: 60))],
            pinned: [Rig.deployment("bot", variants, revision: 1, cache: CachePolicy(seconds: 60))])
        let body = #"{"model":"\#(model)","input":"x","temperature":0}"#
        for _ in 0..<2 { #expect(try await rig.post(body, path: Self.path).status == 200) }
        #expect(upstream.requests.count == 2)
    }

    @Test func instructionsOfThePromptHoldForEachTurn() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let prompt = try RequestTests.chat([
            ["role": "system", "content": "Be {{mood}}."], ["role": "developer", "content": "In one word."],
        ])
        let rig = try await Rig([upstream.baseURL], prompt: prompt)
        _ = try await rig.post(
            #"{"model":"bot","input":"x","previous_response_id":"resp_0","signalbox":{"variables":{"mood":"kind"}}}"#,
            path: Self.path)
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["instructions"]?.stringValue == "Be kind.\n\nIn one word.")
        #expect(sent["input"]?.stringValue == "x")
        #expect(sent["previous_response_id"]?.stringValue == "resp_0")
        #expect(sent["signalbox"] == nil)
    }

    @Test func otherMessagesOfThePromptStandAroundTheCallers() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let prompt = try RequestTests.chat([
            ["role": "system", "content": "Be brief."], ["role": "user", "content": "1+1?"],
            ["role": "assistant", "content": "2"],
        ])
        let rig = try await Rig([upstream.baseURL], prompt: prompt)
        _ = try await rig.post(#"{"model":"bot","input":"6*7?","instructions":"own"}"#, path: Self.path)
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["instructions"]?.stringValue == "own")
        #expect(
            sent["input"]?.text
                == #"[{"role":"system","content":"Be brief."},{"role":"user","content":"1+1?"},"#
                + #"{"role":"assistant","content":"2"},{"role":"user","content":"6*7?"}]"#)
        let refused = try await rig.post(
            #"{"model":"bot","input":"6*7?","previous_response_id":"resp_0"}"#, path: Self.path)
        #expect(refused.status == 400 && refused.error("param") == "previous_response_id")
        #expect(upstream.requests.count == 1)
    }

    @Test(arguments: ["previous_response_id", "conversation"])
    func whatOneProviderKeepsIsRefusedWhereThereAreSeveral(name: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let several = try await Rig([upstream.baseURL, upstream.baseURL])
        let body = #"{"model":"bot","input":"x","\#(name)":"id_0"}"#
        let answer = try await several.post(body, path: Self.path)
        #expect(answer.status == 400 && answer.error("param") == name)
        #expect(upstream.requests.isEmpty)
        #expect(try await several.post(body.replacing(#""id_0""#, with: "null"), path: Self.path).status == 200)
        let one = try await Rig([upstream.baseURL])
        #expect(try await one.post(body, path: Self.path).status == 200)
    }

    @Test func whatNobodyCouldAskForIsRefused() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(#"{"model":"bot","input":"x","background":true}"#, path: Self.path)
        #expect(answer.status == 400 && answer.error("param") == "background")
        #expect(upstream.requests.isEmpty)
    }

    @Test func parametersWrittenForChatsAreThoseOfResponses() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Rig(
            [upstream.baseURL],
            parameters: [
                "max_completion_tokens": 9, "temperature": 0.5, "reasoning_effort": "low",
                "response_format": [
                    "type": "json_schema", "json_schema": ["name": "n", "schema": ["type": "object"], "strict": true],
                ],
            ])
        _ = try await rig.post(#"{"model":"bot","input":"x","temperature":1}"#, path: Self.path)
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["max_output_tokens"]?.intValue == 9)
        #expect(sent["temperature"]?.text == "0.5")
        #expect(sent["reasoning"]?["effort"]?.stringValue == "low")
        #expect(sent["text"]?["format"]?["type"]?.stringValue == "json_schema")
        #expect(sent["text"]?["format"]?["name"]?.stringValue == "n")
        #expect(sent["response_format"] == nil && sent["max_completion_tokens"] == nil)
    }
}

import Domain
import JSON
import Testing

@testable import Gateway

/// Callers of OpenAI's wire onto Anthropic.
@Suite(.timeLimit(.minutes(2))) struct AnthropicProviderTests {
    private static func rig(
        _ upstreams: [ScriptedUpstream], prompt: CompiledPrompt? = nil, parameters: JSONObject = [:],
        settings: [String: String] = [:]
    ) async throws -> Rig {
        let variants = upstreams.enumerated().map { index, upstream in
            Rig.variant(
                "v\(index)", "http://127.0.0.1:\(upstream.port)", weight: index == 0 ? 100 : 0, prompt: prompt,
                parameters: parameters, kind: "anthropic", settings: settings)
        }
        return try await Rig([Rig.deployment("bot", variants, fallbacks: Array(variants.indices.dropFirst()))])
    }

    @Test func aPlainCallIsTranslatedBothWays() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.toolUse))
        let rig = try await Self.rig([upstream], settings: ["anthropic_version": "2099-01-01"])
        let answer = try await rig.post(
            #"{"model":"bot","messages":[{"role":"system","content":"s"},{"role":"user","content":"?"}],"user":"u9"}"#)
        #expect(answer.status == 200)
        let completion = try JSONValue(parsing: answer.body)
        #expect(completion["object"] == "chat.completion")
        #expect(completion["created"] == 1_760_000_000)
        let message = completion["choices"]?[0]?["message"]
        #expect(message?["content"] == "I look.")
        #expect(message?["tool_calls"]?[0]?["function"]?["arguments"] == #"{"city":"Kyiv"}"#)
        #expect(completion["choices"]?[0]?["finish_reason"] == "tool_calls")
        #expect(completion["usage"]?["total_tokens"] == 10)
        let request = upstream.requests[0]
        #expect(request.firstLine == "POST /v1/messages HTTP/1.1")
        #expect(request["x-api-key"] == "sk-canary-v0")
        #expect(request["anthropic-version"] == "2099-01-01")
        #expect(
            try JSONValue(parsing: request.body) == [
                "model": "upstream-model", "max_tokens": 4096, "system": "s", "metadata": ["user_id": "u9"],
                "messages": [["role": "user", "content": "?"]],
            ])
        let outcome = await rig.outcomes.one()
        #expect(outcome.tokens == Outcome.Tokens(input: 7, output: 3))
        #expect(outcome.finishReason == "tool_calls", "in the caller's words")
        #expect(outcome.unit == "u9")
    }

    @Test func aLimitThatNobodySetIsThePricesOrTheSettings() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let rates = TokenRates(input: 1, output: 1)
        for (price, most) in [(Price(rates, outputTokensMax: 64_000), 64_000), (Price(rates), 777)] {
            var settings = GatewaySettings()
            settings.outputTokensAssumed = 777
            let variant = Rig.variant(
                "v0", "http://127.0.0.1:\(upstream.port)", weight: 100, kind: "anthropic", price: price)
            let rig = try await Rig([Rig.deployment("bot", [variant])], settings: settings)
            #expect(try await rig.post().status == 200)
            let sent = try JSONValue(parsing: try #require(upstream.requests.last).body)
            #expect(sent["max_tokens"]?.intValue == most)
        }
    }

    @Test func aNameOfAUserThatAnthropicRefusesIsSentAsADigest() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let rig = try await Self.rig([upstream])
        func sent(_ user: String) async throws -> String? {
            #expect(try await rig.post(#"{"model":"bot","messages":[],"user":"\#(user)"}"#).status == 200)
            let body = try JSONValue(parsing: try #require(upstream.requests.last).body)
            return body["metadata"]?["user_id"]?.stringValue
        }
        #expect(try await sent("u9") == "u9")
        let digest = try await sent("ada@example.org")
        // As `printf ada@example.org | sha256sum` has it.
        #expect(digest == "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d")
        #expect(try await sent("ada@example.org") == digest)
        #expect(try await sent("bob@example.org") != digest)
        #expect(try await sent(String(repeating: "x", count: 257))?.count == 64)
    }

    /// What comes of the provider meanwhile, so that it is never silent for long, is nothing for the caller.
    @Test func aTranslatedStreamThatHasNothingToSayIsKeptAlive() async throws {
        let ping = AnthropicShapes.events[2]
        let pings = Array(repeating: [ScriptedUpstream.chunk(ping), .pause(5)], count: 60).flatMap(\.self)
        let rest = AnthropicShapes.events.dropFirst().map { ScriptedUpstream.chunk($0) }
        let upstream = try ScriptedUpstream(
            [.send(ScriptedUpstream.streamHead), ScriptedUpstream.chunk(AnthropicShapes.events[0])] + pings + rest
                + [ScriptedUpstream.lastChunk])
        var settings = GatewaySettings()
        settings.keepAliveMilliseconds = 50
        let variant = Rig.variant("v0", "http://127.0.0.1:\(upstream.port)", weight: 100, kind: "anthropic")
        let rig = try await Rig([Rig.deployment("bot", [variant])], settings: settings)
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.contains(": ping\n\n"))
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        #expect(await rig.outcomes.one().status == .ok)
    }

    /// However the network cuts it, and wherever.
    @Test func aStreamIsTranslatedCutAnywhere() async throws {
        let bytes = Array(AnthropicShapes.events.joined().utf8)
        let upstream = try ScriptedUpstream { _, index in
            let cut = min(bytes.count - 1, 1 + index * 37)
            let head = ScriptedUpstream.streamHead
            func chunk(_ piece: ArraySlice<UInt8>) -> ScriptedUpstream.Step {
                .bytes(Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece + [13, 10])
            }
            return [.send(head), chunk(bytes[..<cut]), .pause(1), chunk(bytes[cut...]), ScriptedUpstream.lastChunk]
        }
        let rig = try await Self.rig([upstream])
        var answers: Set<String> = []
        let count = bytes.count / 37
        for _ in 0..<count {
            let answer = try await rig.post(
                #"{"model":"bot","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#)
            #expect(answer.isWhole)
            answers.insert(answer.text)
        }
        #expect(answers.count == 1)
        let text = try #require(answers.first)
        #expect(text.hasSuffix("data: [DONE]\n\n"))
        #expect(text.contains(#""content":"4""#) && text.contains(#""finish_reason":"stop""#))
        #expect(text.contains(#""prompt_tokens":10,"completion_tokens":3,"total_tokens":13"#))
        for outcome in await rig.outcomes.first(count) {
            #expect(outcome.tokens == Outcome.Tokens(input: 10, output: 3, cached: 2, cacheWritten: 1))
            #expect(outcome.finishReason == "stop")
            #expect(outcome.firstTokenMilliseconds != nil)
        }
    }

    /// A cut behind each event: whatever came, the caller is told that it is not all.
    @Test func aStreamThatBreaksForgesNoEnd() async throws {
        for count in 1..<AnthropicShapes.events.count {
            let events = Array(AnthropicShapes.events.prefix(count))
            let upstream = try ScriptedUpstream(AnthropicShapes.stream(events, isWhole: false))
            let rig = try await Self.rig([upstream])
            let answer = try await rig.post(Rig.streamed)
            #expect(!answer.text.contains("[DONE]"))
            #expect(answer.text.contains("\"error\":"))
            let outcome = await rig.outcomes.one()
            #expect(outcome.status == .brokenStream)
            // What was said by then, by its length, until the provider has counted it.
            let isCounted = count >= 7
            let said = count < 4 ? 0 : 1
            #expect(
                outcome.tokens
                    == Outcome.Tokens(input: 10, output: isCounted ? 3 : Int64(said), cached: 2, cacheWritten: 1))
            #expect(outcome.areTokensEstimated == !isCounted)
            #expect(outcome.costMicroUSD == 20 + 8 * (isCounted ? 3 : Int64(said)))
        }
    }

    @Test func anErrorAsTheFirstEventFallsBack() async throws {
        let failing = try ScriptedUpstream(
            AnthropicShapes.stream([AnthropicShapes.events[2], AnthropicShapes.event(AnthropicShapes.overloaded)]))
        let working = try ScriptedUpstream(AnthropicShapes.stream(AnthropicShapes.events))
        let rig = try await Self.rig([failing, working])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.attempts.map(\.error) == ["http_529", nil])
    }

    @Test func anErrorWithinAStreamIsTold() async throws {
        let events = AnthropicShapes.events.prefix(4) + [AnthropicShapes.event(AnthropicShapes.overloaded)]
        let upstream = try ScriptedUpstream(AnthropicShapes.stream(Array(events)))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.contains(#"data: {"error":{"message":"Overloaded""#))
        #expect(!answer.text.contains("[DONE]"))
        #expect(await rig.outcomes.one().error == "error_event")
    }

    @Test(arguments: ["{}", "<html>", #"{"type":"message","content":"x"}"#, #"{"type":"message","content":["#])
    func whatIsNoMessageIsA502(body: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post()
        #expect(answer.status == 502)
        #expect(await rig.outcomes.one().error == "malformed_answer")
    }

    @Test func anOverloadedProviderFallsBackAndAWeighedRequestIsRefused() async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.overloaded, status: 529))
        let working = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let rig = try await Self.rig([failing, working])
        #expect(try await rig.post().status == 200)
        let limited = try ScriptedUpstream(
            ScriptedUpstream.plain(AnthropicShapes.limited, status: 429, fields: "retry-after: 7\r\n"))
        let other = try await Self.rig([limited])
        let answer = try await other.post()
        #expect(answer.status == 429)
        #expect(answer["retry-after"] == "7")
        #expect(answer.error("message") == "Slow down")
        #expect(answer.error("type") == "rate_limit_error")
    }

    @Test func promptsAndParametersOfAVariantAreTranslatedToo() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let prompt = CompiledPrompt(
            content: .chat(
                try [
                    ["role": "system", "content": "You help {{who}}."], ["role": "placeholder", "name": "messages"],
                    ["role": "assistant", "content": "So:"],
                ].map { try PromptMessage($0) }))
        let rig = try await Self.rig(
            [upstream], prompt: prompt,
            parameters: ["max_tokens": 50, "stop": ["x"], "thinking": ["type": "disabled"], "top_k": 4])
        let answer = try await rig.post(
            #"{"model":"bot","max_completion_tokens":9,"messages":[{"role":"user","content":"?"}],"#
                + #""signalbox":{"variables":{"who":"Ada"}}}"#)
        #expect(answer.status == 200)
        #expect(
            try JSONValue(parsing: upstream.requests[0].body) == [
                "model": "upstream-model", "max_tokens": 50, "stop_sequences": ["x"], "top_k": 4,
                "thinking": ["type": "disabled"], "system": "You help Ada.",
                "messages": [["role": "user", "content": "?"], ["role": "assistant", "content": "So:"]],
            ])
    }

    @Test func whatCannotBeTranslatedIsNamed() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain("{}"))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(#"{"model":"bot","messages":[],"seed":4}"#)
        #expect(answer.status == 400)
        #expect(answer.error("param") == "seed")
        #expect(answer.error("code") == "untranslatable")
        let mine = try await Self.rig([upstream], parameters: ["seed": 1])
        let fault = try await mine.post()
        #expect(fault.status == 400)
        #expect(fault.error("message")?.contains("seed") == true)
        #expect(upstream.connections == 0)
        #expect(await rig.outcomes.one().status == .invalidRequest)
    }

    @Test func aCredentialThatTheProviderQuotesStaysHere() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(
                #"{"type":"error","error":{"type":"invalid_request_error","message":"key sk-canary-v0 is odd"}}"#,
                status: 400))
        let rig = try await Self.rig([upstream])
        #expect(try await rig.post().text.contains("canary") == false)
        #expect(
            try await rig.post(AnthropicShapes.question, path: "/v1/messages").text.contains("canary") == false)
    }
}

import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

/// What is routed beside chat, over the same way.
@Suite(.timeLimit(.minutes(1))) struct SurfaceTests {
    /// A request to a surface and a provider's answer, from OpenAI's documentation; of rerank, from vLLM's.
    struct Call: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let answer: String
        let tokens: Outcome.Tokens?
        var finishReason: String?
        /// Members that cannot be left out.
        let required: [String]

        var path: String { "/v1/" + name }
        var testDescription: String { name }

        static let all = [
            Call(
                name: "completions", request: #"{"prompt":"6*7=","max_tokens":7,"model":"bot","echo":false}"#,
                answer: #"{"id":"cmpl-1","object":"text_completion","choices":[{"text":"42","index":0,"logprobs":null,"#
                    + #""finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":7}}"#,
                tokens: Outcome.Tokens(input: 5, output: 7), finishReason: "length", required: ["prompt"]),
            Call(
                name: "embeddings", request: #"{"input":["a","b"],"model":"bot","encoding_format":"float"}"#,
                answer: #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.0023,-1.5e-2]}],"#
                    + #""model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}"#,
                tokens: Outcome.Tokens(input: 8, output: 0), required: ["input"]),
            Call(
                name: "moderations", request: #"{"model":"bot","input":"I want to kill them."}"#,
                answer: #"{"id":"modr-1","model":"m","results":[{"flagged":true,"categories":{"violence":true}}]}"#,
                tokens: nil, required: ["input"]),
            Call(
                name: "rerank", request: #"{"model":"bot","query":"q","documents":["x","y"],"top_n":1}"#,
                answer: #"{"id":"r1","results":[{"index":1,"relevance_score":0.9}],"usage":{"total_tokens":56}}"#,
                tokens: Outcome.Tokens(input: 56, output: 0), required: ["query", "documents"]),
            Call(
                name: "images/generations", request: #"{"model":"bot","prompt":"an otter","size":"1024x1024"}"#,
                answer: #"{"created":1,"data":[{"b64_json":"AAAA"}],"usage":{"total_tokens":100,"input_tokens":50,"#
                    + #""output_tokens":50,"input_tokens_details":{"text_tokens":10}}}"#,
                tokens: Outcome.Tokens(input: 50, output: 50), required: ["prompt"]),
        ]
    }

    static let streamed = #"{"model":"bot","prompt":"6*7=","stream":true}"#
    static func piece(_ text: String) -> String {
        #"{"id":"cmpl-1","object":"text_completion","choices":[{"text":"\#(text)","index":0,"finish_reason":null}],"#
            + #""usage":null}"#
    }
    static let finish = #"{"id":"cmpl-1","choices":[{"text":"","index":0,"finish_reason":"stop"}],"usage":null}"#
    static let usage = #"{"id":"cmpl-1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}"#

    private static func rig(_ upstreams: [String], prompt: CompiledPrompt? = nil) async throws -> Rig {
        let variants = upstreams.enumerated().map { index, url in
            Rig.variant("v\(index)", url, weight: index == 0 ? 100 : 0, prompt: prompt, kind: "openai-compatible")
        }
        return try await Rig([Rig.deployment("bot", variants, fallbacks: Array(variants.indices.dropFirst()))])
    }

    @Test func numbersAreThePlacesAndChatIsAmongThem() {
        #expect(Surface.all.map(\.number) == Array(Surface.all.indices))
        #expect(
            Surface.all.filter { $0.style == .openAI }.map(\.name)
                == ["chat/completions"] + Call.all.map(\.name) + KindCase.audio + ["responses"])
    }

    @Test(arguments: Call.all)
    func aPlainCallPassesUntouchedBothWays(_ call: Call) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(call.answer))
        let rig = try await Self.rig([upstream.baseURL])
        let answer = try await rig.post(call.request, path: call.path)
        #expect(answer.status == 200)
        #expect(answer.text == call.answer)
        #expect(upstream.requests[0].firstLine == "POST \(call.path) HTTP/1.1")
        #expect(upstream.requests[0].text == call.request.replacing("\"bot\"", with: "\"upstream-model\""))
        let outcome = await rig.outcomes.one()
        #expect(answer["x-signalbox-outcome"] == outcome.id.text)
        #expect(outcome.status == .ok)
        #expect(outcome.surface == call.name)
        #expect(!outcome.isStream)
        #expect(outcome.tokens == call.tokens)
        #expect(outcome.finishReason == call.finishReason)
        // At 2 and 8 micro-USD a token.
        #expect(outcome.costMicroUSD == call.tokens.map { $0.input * 2 + $0.output * 8 })
    }

    @Test(arguments: Call.all)
    func whatIsMissingIsNamedBeforeAnythingIsSent(_ call: Call) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(call.answer))
        let rig = try await Self.rig([upstream.baseURL])
        for name in call.required {
            let body = try JSONValue(parsing: call.request).mergePatched(with: .object([name: .null]))
            let answer = try await rig.post(body.text, path: call.path)
            #expect(answer.status == 400)
            #expect(answer.error("param") == name)
        }
        #expect(upstream.connections == 0)
    }

    @Test(arguments: Call.all)
    func aFailureFallsBackAndARefusalPasses(_ call: Call) async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 503))
        let working = try ScriptedUpstream { _, index in
            index == 0
                ? ScriptedUpstream.plain(call.answer)
                : ScriptedUpstream.plain(#"{"error":{"message":"no","type":"t","param":null,"code":"c"}}"#, status: 422)
        }
        let rig = try await Self.rig([failing.baseURL, working.baseURL])
        let answer = try await rig.post(call.request, path: call.path)
        #expect(answer.status == 200)
        #expect(answer["x-signalbox-served-by"] == "v1")
        let refused = try await rig.post(call.request, path: call.path)
        #expect(refused.status == 422)
        #expect(refused.error("message") == "no")
        let outcomes = await rig.outcomes.first(2)
        #expect(outcomes.map(\.status) == [.ok, .invalidRequest])
        #expect(outcomes[0].attempts.map(\.error) == ["http_503", nil])
    }

    @Test(arguments: Call.all)
    func aVariantWithAPromptIsRefused(_ call: Call) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(call.answer))
        let prompt = try RequestTests.chat([["role": "system", "content": "Be brief."]])
        let rig = try await Self.rig([upstream.baseURL], prompt: prompt)
        let answer = try await rig.post(call.request, path: call.path)
        #expect(answer.status == 400)
        #expect(answer.error("code") == "unsupported_prompt")
        #expect(answer.error("message")?.contains(call.path) == true)
        #expect(upstream.connections == 0)
        #expect(await rig.outcomes.one().status == .invalidRequest)
    }

    @Test(arguments: Call.all.filter { $0.name != "completions" })
    func whatIsNotStreamedSaysSo(_ call: Call) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(call.answer))
        let rig = try await Self.rig([upstream.baseURL])
        let body = try JSONValue(parsing: call.request).mergePatched(with: ["stream": true])
        let answer = try await rig.post(body.text, path: call.path)
        #expect(answer.status == 400)
        #expect(answer.error("param") == "stream")
        #expect(upstream.connections == 0)
        let plain = try JSONValue(parsing: call.request).mergePatched(with: ["stream": false])
        #expect(try await rig.post(plain.text, path: call.path).status == 200)
    }

    @Test func aBrokenPlainAnswerIsAnHonest502() async throws {
        let upstream = try ScriptedUpstream([
            .send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":["), .close,
        ])
        let rig = try await Self.rig([upstream.baseURL])
        #expect(try await rig.post(Call.all[1].request, path: "/v1/embeddings").status == 502)
        #expect(await rig.outcomes.one().error == "truncated")
    }

    @Test func aStreamedCompletionArrivesWithoutTheUsageThatNobodyAskedFor() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([Self.piece("4"), Self.piece("2"), Self.finish, Self.usage, "[DONE]"])
                + [ScriptedUpstream.lastChunk])
        let rig = try await Self.rig([upstream.baseURL])
        let answer = try await rig.post(Self.streamed, path: "/v1/completions")
        let events = answer.text.split(separator: "\n\n").map(String.init)
        #expect(events.count == 4)
        #expect(events.last == "data: [DONE]")
        #expect(!answer.text.contains("usage"))
        #expect(
            upstream.requests[0].text
                == #"{"model":"upstream-model","prompt":"6*7=","stream":true,"stream_options":{"include_usage":true}}"#)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.isStream)
        #expect(outcome.tokens == Outcome.Tokens(input: 5, output: 2))
        #expect(outcome.finishReason == "stop")
        #expect(outcome.firstTokenMilliseconds != nil)
    }

    @Test(arguments: [ScriptedUpstream.Step.reset, .close, ScriptedUpstream.lastChunk])
    func aCompletionThatBreaksInTheMiddleIsToldAndNeverFinished(end: ScriptedUpstream.Step) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream(ScriptedUpstream.events([Self.piece("4")]) + [.wait(gate), end])
        let unused = try ScriptedUpstream(ScriptedUpstream.stream(["42"]))
        let rig = try await Self.rig([upstream.baseURL, unused.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/completions", Self.streamed)
        let answer = try await caller.read { text in
            if text.contains("text_completion") { gate.open() }
            return false
        }
        caller.socket.close()
        #expect(answer.status == 200)
        #expect(!answer.text.contains("[DONE]"))
        let last = try #require(answer.text.split(separator: "\n\n").last)
        let error = try JSONValue(parsing: Array(last.dropFirst("data: ".count).utf8))["error"]
        #expect(error?["type"]?.stringValue == "server_error")
        #expect(await rig.outcomes.one().status == .brokenStream)
        #expect(unused.connections == 0)
    }

    @Test func aStreamThatNeverBeganFallsBack() async throws {
        let failing = try ScriptedUpstream([.send(ScriptedUpstream.streamHead), .reset])
        let working = try ScriptedUpstream(
            ScriptedUpstream.events([Self.piece("42"), "[DONE]"]) + [ScriptedUpstream.lastChunk])
        let rig = try await Self.rig([failing.baseURL, working.baseURL])
        let answer = try await rig.post(Self.streamed, path: "/v1/completions")
        #expect(answer["x-signalbox-served-by"] == "v1")
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
    }

    @Test func overridesUnitAndSlicesHoldThereToo() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Call.all[1].answer))
        let variant = Rig.variant(
            "v0", upstream.baseURL, weight: 100, parameters: ["dimensions": 64, "truncate": "end"])
        let rig = try await Rig([Rig.deployment("bot", [variant])])
        let body = #"{"input":"a","dimensions":512,"model":"bot","user":"olena"}"#
        #expect(
            try await rig.post(body, fields: ["X-Signalbox-Slice: tier=free"], path: "/v1/embeddings").status == 200)
        #expect(
            upstream.requests[0].text
                == #"{"input":"a","dimensions":64,"model":"upstream-model","user":"olena","truncate":"end"}"#)
        let outcome = await rig.outcomes.one()
        #expect(outcome.unit == "olena")
        #expect(outcome.slices.map(\.value) == ["free"])
    }
}

import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(2))) struct KindTests {
    private static func rig(_ shape: KindCase, _ upstream: ScriptedUpstream) async throws -> Rig {
        let base = "http://127.0.0.1:\(upstream.port)" + shape.base
        let variant = Rig.variant("v0", base, weight: 100, kind: shape.kind)
        return try await Rig([Rig.deployment("bot", [variant])])
    }

    @Test func everyKindHasARecordedShape() {
        // Those on wires of their own have suites of their own.
        let own = WireKind.all.filter { $0.conversations != nil }.map(\.name)
        #expect((KindCase.all.map(\.kind) + own).sorted() == WireKind.all.map(\.name).sorted())
        #expect(Set(WireKind.all.map(\.name)).count == WireKind.all.count)
        #expect(Gateway.providerKinds.names == WireKind.all.map(\.name))
    }

    @Test(arguments: KindCase.all)
    func aPlainCallGoesWhereAndAsTheKindSays(_ shape: KindCase) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(shape.plain))
        let rig = try await Self.rig(shape, upstream)
        let answer = try await rig.post(
            #"{"knob" : [1.50,-0],"model":"bot","messages":[],"max_completion_tokens":9,"seed":7}"#)
        #expect(answer.status == 200)
        #expect(answer.text == shape.plain)
        let request = upstream.requests[0]
        #expect(request.firstLine == "POST \(shape.path) HTTP/1.1")
        #expect(request[shape.authentication.field] == shape.authentication.value)
        if shape.authentication.field != "authorization" { #expect(request["authorization"] == nil) }
        #expect(
            request.text == #"{"knob" : [1.50,-0],"model":"upstream-model","messages":[],"# + shape.parameters + "}")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.tokens == shape.tokens)
        #expect(outcome.finishReason == "stop")
    }

    @Test(arguments: KindCase.all)
    func aStreamIsMeteredAsTheKindLets(_ shape: KindCase) async throws {
        let steps = (shape.events + ["[DONE]"]).map { event in
            ScriptedUpstream.chunk(event.hasPrefix(":") ? event + "\n\n" : "data: \(event)\n\n")
        }
        let upstream = try ScriptedUpstream(
            [.send(ScriptedUpstream.streamHead)] + steps + [ScriptedUpstream.lastChunk])
        let rig = try await Self.rig(shape, upstream)
        let answer = try await rig.post(#"{"model":"bot","messages":[],"stream":true}"#)
        let asked = shape.asksForUsage ? #","stream_options":{"include_usage":true}"# : ""
        #expect(
            upstream.requests[0].text == #"{"model":"upstream-model","messages":[],"stream":true"# + asked + "}")
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        #expect(!answer.text.contains("usage"), "nobody asked for it")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.tokens == shape.tokens)
        #expect(outcome.finishReason == "stop")
        #expect(outcome.firstTokenMilliseconds != nil)
    }

    /// Tools, calls and their pieces are OpenAI's with all of them: what goes out is what came in, byte for byte.
    @Test(arguments: KindCase.all)
    func toolsAndTheirCallsPassAsTheyAre(_ shape: KindCase) async throws {
        let tools = #""tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]"#
        let call =
            #"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","#
            + #""function":{"name":"look","arguments":"{\"at\": \"42\"}"}}]}"#
        let plain = shape.plain
            .replacing(#"{"role":"assistant","content":"42"}"#, with: call)
            .replacing(#""finish_reason":"stop""#, with: #""finish_reason":"tool_calls""#)
        let pieces = [
            #"{"index":0,"id":"call_1","type":"function","function":{"name":"look","arguments":""}}"#,
            #"{"index":0,"function":{"arguments":"{\"at\": "}}"#, #"{"index":0,"function":{"arguments":"\"42\"}"}}"#,
            #"{"index":1,"id":"call_2","type":"function","function":{"name":"look","arguments":"{}"}}"#,
        ].map { #"{"choices":[{"index":0,"delta":{"tool_calls":[\#($0)]},"finish_reason":null}]}"# }
        let last = #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#
        let upstream = try ScriptedUpstream { request, _ in
            request.text.contains(#""stream":true"#)
                ? ScriptedUpstream.events(pieces + [last, "[DONE]"]) + [ScriptedUpstream.lastChunk]
                : ScriptedUpstream.plain(plain)
        }
        let rig = try await Self.rig(shape, upstream)
        #expect(plain.contains("call_1"))
        #expect(try await rig.post(#"{"model":"bot","messages":[],\#(tools)}"#).text == plain)
        let streamed = try await rig.post(#"{"model":"bot","messages":[],"stream":true,\#(tools)}"#).text
        for piece in pieces + [last] { #expect(streamed.contains("data: \(piece)\n\n")) }
        #expect(upstream.requests.allSatisfy { $0.text.contains(tools) })
        #expect(await rig.outcomes.first(2).map(\.finishReason) == ["tool_calls", "tool_calls"])
    }

    @Test(arguments: KindCase.all)
    func anErrorKeepsTheVendorsWordsInOpenAIsShape(_ shape: KindCase) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(shape.error.body, status: shape.error.status))
        let rig = try await Self.rig(shape, upstream)
        let answer = try await rig.post()
        #expect(answer.status == shape.error.status)
        #expect(answer.error("message") == shape.error.message)
    }

    @Test(arguments: KindCase.all)
    func aLimitOfTheVendorPassesWithItsTime(_ shape: KindCase) async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(shape.error.body, status: 429, fields: shape.limitFields))
        let rig = try await Self.rig(shape, upstream)
        let answer = try await rig.post()
        #expect(answer.status == 429)
        #expect(answer["retry-after"] == "7")
        #expect(answer["retry-after-ms"] == (shape.limitFields.contains("-ms") ? "6500" : nil))
        #expect(answer.error("message") == shape.error.message)
        #expect(await rig.outcomes.one().status == .rateLimited)
    }

    @Test(arguments: KindCase.all)
    func aSurfaceThatAKindDoesNotHaveIsRefusedBeforeAnythingIsSent(_ shape: KindCase) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"data":[]}"#))
        let rig = try await Self.rig(shape, upstream)
        let body = #"{"model":"bot","messages":[],"prompt":"p","input":"i","query":"q","documents":[]}"#
        var had: [String] = []
        var posts = 0
        // Conversations reach every kind, on whichever wire they are held.
        for surface in Surface.all where surface.wire == nil {
            let answer =
                surface.isForm
                ? try await rig.post(form: Form.spoken("bot"), path: surface.path)
                : try await rig.post(body, path: surface.path)
            posts += 1
            guard answer.status == 400 else {
                had.append(surface.name)
                continue
            }
            // Anthropic's errors have no member for a code; the outcome has it all the same.
            if surface.style == .openAI { #expect(answer.error("code") == "unsupported_surface") }
            let isRecorded = await rig.outcomes.first(posts).contains {
                $0.surface == surface.name && $0.error == "unsupported_surface"
            }
            #expect(isRecorded)
            let message = try #require(answer.error("message"))
            #expect(message.contains(shape.kind) && message.contains(surface.path))
        }
        #expect(had == shape.further)
        #expect(upstream.requests.count == had.count)
    }

    @Test(arguments: [
        ("openai", "https://api.openai.com/v1/chat/completions"),
        ("mistral", "https://api.mistral.ai/v1/chat/completions"),
        ("cohere", "https://api.cohere.ai/compatibility/v1/chat/completions"),
        ("groq", "https://api.groq.com/openai/v1/chat/completions"),
        ("together", "https://api.together.ai/v1/chat/completions"),
        ("fireworks", "https://api.fireworks.ai/inference/v1/chat/completions"),
        ("deepseek", "https://api.deepseek.com/chat/completions"),
        ("xai", "https://api.x.ai/v1/chat/completions"),
        ("openrouter", "https://openrouter.ai/api/v1/chat/completions"),
        ("perplexity", "https://api.perplexity.ai/chat/completions"),
    ])
    func aHostedKindKnowsItsAddress(name: String, url: String) throws {
        let kind = try #require(WireKind.named(name))
        let base = try BaseURL(parsing: try #require(kind.baseURL)).text
        let provider = LiveProvider(id: "p", name: "p", kind: name, baseURL: base, credential: nil)
        #expect(kind.url(of: .chat, at: provider, model: "m") == url)
    }

    @Test func whatEverybodyRunsForThemselvesHasNoAddress() {
        let without = Gateway.providerKinds.all.filter { $0.baseURL([:]) == nil }.map(\.name)
        #expect(
            without == ["openai-compatible", "azure-openai", "ollama", "vllm", "sglang", "tgi", "llamacpp"])
    }
}

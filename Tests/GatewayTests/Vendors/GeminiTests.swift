import Domain
import JSON
import Testing

@testable import Gateway

/// Gemini behind OpenAI's wire, in the shapes of its public documentation.
@Suite(.timeLimit(.minutes(1))) struct GeminiTests {
    static let plain =
        #"{"candidates":[{"content":{"parts":[{"text":"42"}],"role":"model"},"finishReason":"STOP","index":0}],"#
        + #""usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":11},"#
        + #""modelVersion":"gemini-2.5-flash","responseId":"r1"}"#

    private static func rig(_ upstreams: [ScriptedUpstream], parameters: JSONObject = [:]) async throws -> Rig {
        let variants = upstreams.enumerated().map { index, upstream in
            Rig.variant(
                "v\(index)", "http://127.0.0.1:\(upstream.port)", weight: index == 0 ? 100 : 0,
                parameters: parameters, kind: "gemini", model: "gemini-2.5-flash")
        }
        return try await Rig([
            Rig.deployment("bot", variants, fallbacks: Array(variants.indices.dropFirst()))
        ])
    }

    @Test func aPlainCallGoesToTheModelsOwnAddress() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Self.rig([upstream], parameters: ["temperature": 0.5, "max_completion_tokens": 9])
        let answer = try JSONValue(parsing: try await rig.post().body)
        #expect(answer["choices"]?[0]?["message"]?["content"] == "42")
        #expect(answer["usage"]?["prompt_tokens"] == 9)
        let request = upstream.requests[0]
        #expect(request.firstLine == "POST /v1beta/models/gemini-2.5-flash:generateContent HTTP/1.1")
        #expect(request["x-goog-api-key"] == "sk-canary-v0")
        #expect(request["authorization"] == nil)
        #expect(
            try JSONValue(parsing: request.body) == [
                "contents": [["role": "user", "parts": [["text": "6*7?"]]]],
                "generationConfig": ["temperature": 0.5, "maxOutputTokens": 9],
            ])
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.finishReason == "stop")
        #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 2))
    }

    @Test func aStreamIsAskedForElsewhereAndEndsWithItsConnection() async throws {
        func chunk(_ text: String, _ rest: String = "") -> ScriptedUpstream.Step {
            ScriptedUpstream.chunk(
                #"data: {"candidates":[{"content":{"parts":[{"text":"\#(text)"}],"role":"model"}\#(rest)}],"#
                    + #""usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2}}"# + "\r\n\r\n")
        }
        let steps = [.send(ScriptedUpstream.streamHead), chunk("4"), chunk("2", #","finishReason":"STOP""#)]
        let whole = try ScriptedUpstream(steps + [ScriptedUpstream.lastChunk])
        let rig = try await Self.rig([whole])
        let answer = try await rig.post(Rig.streamed)
        #expect(
            whole.requests[0].firstLine
                == "POST /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse HTTP/1.1")
        #expect(answer.text.contains(#""content":"4""#) && answer.text.contains(#""finish_reason":"stop""#))
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        #expect(await rig.outcomes.one().tokens == Outcome.Tokens(input: 9, output: 2))
        for cut in [[.send(ScriptedUpstream.streamHead), chunk("4"), ScriptedUpstream.lastChunk], steps + [.close]] {
            let broken = try await Self.rig([try ScriptedUpstream(cut)])
            #expect(!(try await broken.post(Rig.streamed).text.contains("[DONE]")))
            // Whether its first words were passed on before its end was seen is a matter of time.
            #expect([.brokenStream, .upstreamError].contains(await broken.outcomes.one().status))
        }
    }

    @Test func aKeyThatGoogleDoesNotKnowIsOursToMend() async throws {
        let body =
            #"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","#
            + #""details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#
        let refusing = try ScriptedUpstream(ScriptedUpstream.plain(body, status: 400))
        let working = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let alone = try await Self.rig([refusing]).post()
        #expect(alone.status == 502 && alone.error("code") == "provider_misconfigured")
        let rig = try await Self.rig([refusing, working])
        #expect(try await rig.post()["x-signalbox-served-by"] == "v1")
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["http_401", nil])
    }

    @Test func anAnswerThatOtherWiresHaveNoWordsForIsNoFailureAndCounts() async throws {
        let image = #"{"inlineData":{"mimeType":"image/png","data":"aWs="}}"#
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(Self.plain.replacing(#"{"text":"42"}"#, with: image)))
        let rig = try await Self.rig([upstream])
        #expect(try await rig.post().status == 502)
        #expect(rig.condition().windowFailures == 0)
        let outcome = await rig.outcomes.one()
        // 9 tokens of input at 2 and 2 of output at 8 micro-USD.
        #expect(outcome.costMicroUSD == 34)
    }

    @Test(arguments: [("34s", "34", "34000"), ("0.250s", "1", "250"), ("1.5s", "2", "1500")])
    func aLimitPassesWithTheTimeInItsDetails(delay: String, seconds: String, milliseconds: String) async throws {
        let body =
            #"{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED","details":["#
            + #"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"\#(delay)"}]}}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body, status: 429))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post()
        #expect(answer.status == 429)
        #expect(answer["retry-after"] == seconds)
        #expect(answer["retry-after-ms"] == milliseconds)
        #expect(answer.error("message") == "Quota exceeded.")
        #expect(await rig.outcomes.one().status == .rateLimited)
    }

    @Test func textsAreEmbeddedInABatch() async throws {
        let upstream = try ScriptedUpstream { _, index in
            let vectors = index == 0 ? #"{"values":[1,0]},{"values":[0,1]}"# : #"{"values":[1,0]}"#
            return ScriptedUpstream.plain(#"{"embeddings":[\#(vectors)]}"#)
        }
        let rig = try await Self.rig([upstream], parameters: ["dimensions": 2, "temperature": 1])
        let answer = try await rig.post(#"{"model":"bot","input":["a","b"]}"#, path: "/v1/embeddings")
        #expect(try JSONValue(parsing: answer.body)["data"]?[1]?["embedding"] == [0, 1])
        // SDKs want a number, and Gemini tells none.
        let outcome = await rig.outcomes.one()
        #expect(outcome.areTokensEstimated)
        #expect(
            try JSONValue(parsing: answer.body)["usage"]?["prompt_tokens"]?.intValue.map(Int64.init)
                == outcome.tokens?.input)
        #expect(upstream.requests[0].firstLine == "POST /v1beta/models/gemini-2.5-flash:batchEmbedContents HTTP/1.1")
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["requests"]?[1]?["content"] == ["parts": [["text": "b"]]])
        #expect(sent["requests"]?[1]?["outputDimensionality"] == 2)
        let packed = try await rig.post(
            #"{"model":"bot","input":"a","encoding_format":"base64"}"#, path: "/v1/embeddings")
        #expect(try JSONValue(parsing: packed.body)["data"]?[0]?["embedding"] == "AACAPwAAAAA=")
        let refused = try await rig.post(#"{"model":"bot","input":[[1]]}"#, path: "/v1/embeddings")
        #expect(refused.status == 400 && refused.error("param") == "input[0]")
        #expect(upstream.requests.count == 2)
    }

    @Test(arguments: ["", #"{"values":[1]}"#, #"{"values":[1]},{"values":[2]},{"values":[3]}"#])
    func anAnswerWithTooFewOrTooManyVectorsIsNone(vectors: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"embeddings":[\#(vectors)]}"#))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(#"{"model":"bot","input":["a","b"]}"#, path: "/v1/embeddings")
        #expect(answer.status == 502)
        #expect(await rig.outcomes.one().error == "malformed_answer")
    }
}

import Domain
import JSON
import Testing

@testable import Gateway

/// What single kinds do otherwise, where it is harder than a path.
@Suite(.timeLimit(.minutes(1))) struct DifferenceTests {
    private static func rig(
        _ kind: String, _ base: String, parameters: JSONObject = [:], settings: [String: String] = [:],
        model: String = "upstream-model"
    ) async throws -> Rig {
        let variant = Rig.variant(
            "v0", base, weight: 100, parameters: parameters, kind: kind, settings: settings, model: model)
        return try await Rig([Rig.deployment("bot", [variant])])
    }

    @Test(
        arguments: [
            ("", [:], "gpt-4o", "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"),
            (
                "/openai", ["api_version": "2025-01-01-preview"], "gpt-4o",
                "/openai/deployments/gpt-4o/chat/completions?api-version=2025-01-01-preview"
            ),
            ("/openai/v1", ["api_version": "2024-06-01"], "gpt-4o", "/openai/v1/chat/completions"),
            (
                "", [:], "a b/c?d#é%",
                "/openai/deployments/a%20b%2Fc%3Fd%23%C3%A9%25/chat/completions?api-version=2024-10-21"
            ),
        ] as [(String, [String: String], String, String)])
    func azureHasTheModelInItsPathAndAVersionBehindIt(
        base: String, settings: [String: String], model: String, path: String
    ) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig(
            "azure-openai", "http://127.0.0.1:\(upstream.port)\(base)", settings: settings, model: model)
        #expect(try await rig.post().status == 200)
        #expect(upstream.requests[0].firstLine == "POST \(path) HTTP/1.1")
        #expect(upstream.requests[0]["api-key"] == "sk-canary-v0")
        #expect(upstream.requests[0]["authorization"] == nil)
    }

    @Test(arguments: [("", "/v2/rerank"), ("/v1", nil)] as [(String, String?)])
    func cohereReranksBesideItsCompatibility(base: String, path: String?) async throws {
        let answer =
            #"{"results":[{"index":1,"relevance_score":0.9}],"id":"r","meta":{"billed_units":{"search_units":1}}}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(answer))
        let rig = try await Self.rig(
            "cohere", "http://127.0.0.1:\(upstream.port)" + (path == nil ? "/compatibility" : "") + base)
        let got = try await rig.post(#"{"model":"bot","query":"q","documents":["a","b"]}"#, path: "/v1/rerank")
        #expect(got.status == (path == nil ? 400 : 200))
        #expect(upstream.requests.map(\.firstLine) == (path.map { ["POST \($0) HTTP/1.1"] } ?? []))
        guard path != nil else { return #expect(got.error("code") == "unsupported_surface") }
        #expect(got.text == answer)
        // Search units are no tokens, and no price is made of them.
        #expect(await rig.outcomes.one().tokens == nil)
    }

    @Test func oneParameterUnderTwoNamesIsRefused() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig("mistral", upstream.baseURL)
        for (pair, first) in [
            (#""max_completion_tokens":1,"max_tokens":2"#, "max_completion_tokens"),
            (#""random_s\u0065ed":1,"seed":2"#, "seed"),
        ] {
            let answer = try await rig.post(#"{"model":"bot","messages":[],\#(pair)}"#)
            #expect(answer.status == 400)
            #expect(answer.error("code") == "conflicting_parameters")
            #expect(answer.error("param") == first)
        }
        #expect(upstream.connections == 0)
    }

    @Test(arguments: ["seed", "random_seed"])
    func anOverrideReachesAParameterUnderEitherName(name: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig("mistral", upstream.baseURL, parameters: [name: 5, "max_completion_tokens": 3])
        for own in [#","seed":1"#, #","random_seed":1"#, ""] {
            #expect(try await rig.post(#"{"model":"bot","messages":[]\#(own),"max_tokens":9}"#).status == 200)
        }
        #expect(
            upstream.requests.map(\.text) == [
                #"{"model":"upstream-model","messages":[],"random_seed":5,"max_tokens":3}"#,
                #"{"model":"upstream-model","messages":[],"random_seed":5,"max_tokens":3}"#,
                #"{"model":"upstream-model","messages":[],"max_tokens":3,"random_seed":5}"#,
            ])
    }

    @Test func mistralNeverSeesStreamOptionsAndTheCallerStillGetsUsage() async throws {
        let last =
            #"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"#
            + #""completion_tokens":3}}"#
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("42"), last, "[DONE]"]) + [ScriptedUpstream.lastChunk])
        let rig = try await Self.rig("mistral", upstream.baseURL)
        let answer = try await rig.post(
            #"{"model":"bot","stream_options":{"include_usage":true},"stream":true,"messages":[]}"#)
        #expect(upstream.requests[0].text == #"{"model":"upstream-model","stream":true,"messages":[]}"#)
        #expect(answer.text.contains(last))
        #expect(await rig.outcomes.one().tokens == Outcome.Tokens(input: 7, output: 3))
    }

    @Test(arguments: ["logprobs", "logit_bias", "top_logprobs"])
    func whatGroqRefusesIsNamedBeforeItIsSent(name: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig("groq", upstream.baseURL)
        let answer = try await rig.post(#"{"model":"bot","messages":[],"\#(name)":null}"#)
        #expect(answer.status == 400)
        #expect(answer.error("param") == name)
        #expect(answer.error("code") == "unsupported_parameter")
        #expect(upstream.connections == 0)
        #expect(await rig.outcomes.one().status == .invalidRequest)
    }

    @Test func deepseeksBetaAddressHasCompletionsToo() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let base = "http://127.0.0.1:\(upstream.port)"
        let plain = try await Self.rig("deepseek", base)
        let beta = try await Self.rig("deepseek", base + "/beta")
        #expect(try await plain.post(#"{"model":"bot","prompt":"p"}"#, path: "/v1/completions").status == 400)
        #expect(try await beta.post(#"{"model":"bot","prompt":"p"}"#, path: "/v1/completions").status == 200)
        #expect(upstream.requests.map(\.firstLine) == ["POST /beta/completions HTTP/1.1"])
    }

    @Test func aFallbackServesWhatTheAssignedProviderDoesNotHave() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"data":[],"usage":{"prompt_tokens":4}}"#))
        let variants = [
            Rig.variant("v0", upstream.baseURL, weight: 100, kind: "groq"),
            Rig.variant("v1", upstream.baseURL, weight: 0, kind: "groq"),
            Rig.variant("v2", upstream.baseURL, weight: 0),
        ]
        let rig = try await Rig([
            Rig.deployment("bot", variants, fallbacks: [1, 2]), Rig.deployment("none", variants, fallbacks: [1]),
        ])
        let answer = try await rig.post(#"{"model":"bot","input":"i"}"#, path: "/v1/embeddings")
        #expect(answer.status == 200)
        #expect(answer["x-signalbox-served-by"] == "v2")
        let refused = try await rig.post(#"{"model":"none","input":"i"}"#, path: "/v1/embeddings")
        #expect(refused.status == 400)
        #expect(refused.error("code") == "unsupported_surface")
        let outcomes = await rig.outcomes.first(2)
        #expect(outcomes[0].attempts.map(\.error) == ["unsupported_surface", "unsupported_surface", nil])
        #expect(outcomes.map(\.status) == [.ok, .invalidRequest])
        #expect(upstream.requests.count == 1)
    }

    @Test func parametersOfAVariantGoWhereTheyAreKnown() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"data":[]}"#))
        let parameters: JSONObject = [
            "temperature": 0.5, "response_format": ["type": "json_object"], "dimensions": 8, "safe_prompt": true,
        ]
        let variant = Rig.variant("v0", upstream.baseURL, weight: 100, parameters: parameters)
        let rig = try await Rig([Rig.deployment("bot", [variant])])
        _ = try await rig.post(#"{"model":"bot","input":"i"}"#, path: "/v1/embeddings")
        _ = try await rig.post(#"{"model":"bot","prompt":"i"}"#, path: "/v1/images/generations")
        let sent = try upstream.requests.map { try JSONValue(parsing: $0.body) }
        #expect(sent[0]["dimensions"] == 8 && sent[0]["temperature"] == nil && sent[0]["response_format"] == nil)
        #expect(sent[1]["dimensions"] == nil && sent[1]["temperature"] == nil && sent[1]["response_format"] == nil)
        // What is no surface's is the vendor's own, and its user's to say.
        #expect(sent.allSatisfy { $0["safe_prompt"] == true })
    }

    @Test func aFallbackThatCannotServeTheSurfaceIsPassedOver() async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 500))
        let working = try ScriptedUpstream(ScriptedUpstream.plain(#"{"data":[],"usage":{"prompt_tokens":4}}"#))
        let variants = [
            Rig.variant("v0", failing.baseURL, weight: 100),
            Rig.variant("v1", working.baseURL, weight: 0, kind: "groq"),
            Rig.variant("v2", working.baseURL, weight: 0),
        ]
        let rig = try await Rig([Rig.deployment("bot", variants, fallbacks: [1, 2])])
        let answer = try await rig.post(#"{"model":"bot","input":"i"}"#, path: "/v1/embeddings")
        #expect(answer.status == 200)
        #expect(answer["x-signalbox-served-by"] == "v2")
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.error) == ["http_500", "unsupported_surface", nil])
        #expect(outcome.tokens == Outcome.Tokens(input: 4, output: 0))
    }
}

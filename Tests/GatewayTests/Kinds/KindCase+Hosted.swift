import Domain

@testable import Gateway

extension KindCase {
    /// The services of vendors.
    static let hosted = [
        KindCase(
            kind: "openai",
            further: ["completions", "embeddings", "moderations", "images/generations"] + audio + ["responses"]),
        KindCase(
            kind: "azure-openai", base: "",
            path: "/openai/deployments/upstream-model/chat/completions?api-version=2024-10-21",
            authentication: ("api-key", "sk-canary-v0"),
            further: ["completions", "embeddings", "images/generations"] + audio,
            error: (
                404, #"{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}}"#,
                "The API deployment does not exist."
            ), limitFields: "retry-after: 7\r\nretry-after-ms: 6500\r\n"),
        mistral,
        KindCase(
            kind: "cohere", base: "", path: "/compatibility/v1/chat/completions", further: ["embeddings", "rerank"],
            error: (400, #"{"id":"e-1","message":"bad n"}"#, "bad n")),
        KindCase(
            kind: "groq", base: "/openai/v1", path: "/openai/v1/chat/completions", further: audio + ["responses"],
            events: openaiEvents.dropLast() + [
                #"{"id":"c","choices":[],"usage":{"queue_time":0.01,"prompt_tokens":9,"completion_tokens":2},"#
                    + #""x_groq":{"id":"req_1"}}"#
            ], error: (400, #"{"error":{"message":"bad n","type":"invalid_request_error"}}"#, "bad n")),
        KindCase(
            kind: "together", further: ["completions", "embeddings", "rerank", "images/generations"] + audio),
        KindCase(
            kind: "fireworks", base: "/inference/v1", path: "/inference/v1/chat/completions",
            further: ["completions", "embeddings", "rerank"], asksForUsage: false,
            events: openaiEvents.dropLast(2) + [usageWithFinish],
            error: (
                400, #"{"error":{"object":"error","type":"invalid_request_error","message":"bad n"}}"#, "bad n"
            )),
        KindCase(
            kind: "deepseek", base: "", path: "/chat/completions", parameters: onlyMaxTokens,
            plain: openaiPlain.replacing(#""total_tokens":11"#, with: deepseekCache),
            tokens: Outcome.Tokens(input: 9, output: 2, cached: 6),
            events: openaiEvents.map { $0.replacing(#""total_tokens":11"#, with: deepseekCache) },
            error: (
                422,
                #"{"error":{"message":"bad n","type":"invalid_request_error","param":null,"code":"invalid_request"}}"#,
                "bad n"
            )),
        KindCase(
            kind: "xai", further: ["images/generations", "responses"],
            error: (
                400, #"{"code":"Client specified an invalid argument","error":"Model not found: m"}"#,
                "Model not found: m"
            )),
        KindCase(
            kind: "openrouter", base: "/api/v1", path: "/api/v1/chat/completions",
            further: ["completions", "embeddings", "rerank"], asksForUsage: false,
            events: [": OPENROUTER PROCESSING"] + openaiEvents,
            error: (400, #"{"error":{"code":400,"message":"m is no valid model ID"}}"#, "m is no valid model ID")),
        KindCase(
            kind: "perplexity", base: "", path: "/chat/completions", parameters: onlyMaxTokens, asksForUsage: false,
            events: [
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"4"},"finish_reason":null}],"#
                    + #""usage":{"prompt_tokens":9,"completion_tokens":1}}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"2"},"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":9,"completion_tokens":2},"citations":["https://example.com"]}"#,
            ], error: (400, #"{"error":{"message":"bad n","type":"invalid_n","code":400}}"#, "bad n")),
    ]

    private static let deepseekCache = #""prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":3"#
    private static let usageWithFinish =
        #"{"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"#
        + #""usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#

    private static let mistral = KindCase(
        kind: "mistral", further: ["embeddings", "moderations", "audio/transcriptions"],
        parameters: #""max_tokens":9,"random_seed":7"#,
        asksForUsage: false, events: openaiEvents.dropLast(2) + [usageWithFinish],
        error: (
            422,
            #"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","n"],"#
                + #""msg":"Extra inputs are not permitted","input":1}]},"type":"invalid_request_error","code":null}"#,
            "body.n: Extra inputs are not permitted"
        ))
}

import Domain
import Testing

@testable import Gateway

/// What a kind's service takes and answers, in the shapes of its public documentation.
struct KindCase: Sendable, CustomTestStringConvertible {
    let kind: String
    /// Of a base URL, behind the host.
    var base = "/v1"
    /// Where a chat completion then goes.
    var path = "/v1/chat/completions"
    /// The field with the credential, as sent.
    var authentication = (field: "authorization", value: "Bearer sk-canary-v0")
    /// The surfaces that it has, beside chat.
    var further: [String] = []
    /// Of `{"model":…,"messages":[],"max_completion_tokens":9,"seed":7}`, the last two as they arrive.
    var parameters = #""max_completion_tokens":9,"seed":7"#
    var asksForUsage = true
    var plain = KindCase.openaiPlain
    var tokens = Outcome.Tokens(input: 9, output: 2, cached: 0)
    /// The data of the events, `[DONE]` left out.
    var events = KindCase.openaiEvents
    var error = (status: 400, body: KindCase.openaiError, message: "bad n")
    var limitFields = "retry-after: 7\r\n"

    var testDescription: String { kind }

    static let openaiPlain =
        #"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":"#
        + #"{"role":"assistant","content":"42"},"finish_reason":"stop"}],"#
        + #""usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#
    static let openaiEvents = [
        #"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"}}]}"#,
        #"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"42"}}]}"#,
        #"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#,
    ]
    static let openaiError =
        #"{"error":{"message":"bad n","type":"invalid_request_error","param":"n","code":"bad_n"}}"#
    static let audio = ["audio/speech", "audio/transcriptions", "audio/translations"]
    static let onlyMaxTokens = #""max_tokens":9,"seed":7"#

    static let all = hosted + served

    /// Run by whoever uses them, at an address of their own.
    static let served = [
        KindCase(
            kind: "openai-compatible",
            further: ["completions", "embeddings", "moderations", "rerank", "images/generations"] + audio + [
                "responses"
            ]),
        KindCase(
            kind: "ollama", further: ["completions", "embeddings"], parameters: onlyMaxTokens,
            error: (
                404, #"{"error":{"message":"model \"m\" not found","type":"api_error","param":null,"code":null}}"#,
                "model \"m\" not found"
            )),
        KindCase(
            kind: "vllm",
            further: [
                "completions", "embeddings", "rerank", "audio/transcriptions", "audio/translations", "responses",
            ],
            error: (
                400, #"{"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400}"#,
                "too long"
            )),
        KindCase(
            kind: "sglang", further: ["completions", "embeddings", "rerank"],
            error: (
                400, #"{"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400}"#,
                "too long"
            )),
        KindCase(
            kind: "tgi", further: ["completions"], parameters: onlyMaxTokens,
            error: (
                422, #"{"error":"Input validation error: `inputs` is too long","error_type":"validation"}"#,
                "Input validation error: `inputs` is too long"
            )),
        KindCase(
            kind: "llamacpp", further: ["completions", "embeddings", "rerank"],
            error: (
                400, #"{"error":{"code":400,"message":"no messages","type":"invalid_request_error"}}"#, "no messages"
            )),
    ]
}

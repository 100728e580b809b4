import JSON

/// The surfaces, as OpenAI documents them (platform.openai.com/docs/api-reference, read 2026-11). `rerank` is not
/// OpenAI's: it is the form of Jina and Cohere that vLLM, llama.cpp, Together and others serve under `/v1/rerank`.
extension Surface {
    static let all: [Surface] = [chat, completions, embeddings, moderations, rerank, images]

    static let chat = Surface(
        0, "chat/completions", "Create a chat completion",
        parameters: [
            "temperature", "top_p", "max_tokens", "max_completion_tokens", "response_format", "tools", "tool_choice",
            "parallel_tool_calls", "seed", "stop", "n", "frequency_penalty", "presence_penalty", "logit_bias",
            "logprobs", "top_logprobs", "reasoning_effort", "service_tier", "verbosity", "top_k", "min_p",
            "repetition_penalty",
        ],
        answer: AnswerShape(
            finishReason: ["choices", "0", "finish_reason"], content: ["choices", "0", "message", "content"],
            tokens: [
                ["choices", "0", "delta", "content"], ["choices", "0", "delta", "tool_calls"],
                ["choices", "0", "delta", "reasoning_content"], ["choices", "0", "delta", "refusal"],
            ], output: "completion_tokens", cached: ["prompt_tokens_details", "cached_tokens"]),
        isStreamed: true, takesPrompts: true,
        members: [
            (
                "messages",
                ["type": "array", "description": "in OpenAI's format; a prompt's own stand around them"]
            )
        ])

    static let completions = Surface(
        1, "completions", "Create a text completion", required: ["prompt"],
        parameters: [
            "temperature", "top_p", "max_tokens", "seed", "stop", "n", "frequency_penalty", "presence_penalty",
            "logit_bias", "logprobs", "echo", "best_of", "suffix",
        ],
        answer: AnswerShape(
            finishReason: ["choices", "0", "finish_reason"], content: ["choices", "0", "text"],
            tokens: [["choices", "0", "text"]], output: "completion_tokens",
            cached: ["prompt_tokens_details", "cached_tokens"]),
        isStreamed: true,
        members: [("prompt", ["type": ["string", "array"], "description": "text, tokens, or a list of either"])])

    static let embeddings = Surface(
        2, "embeddings", "Create embeddings", required: ["input"], parameters: ["dimensions", "encoding_format"],
        answer: AnswerShape(),
        members: [("input", ["type": ["string", "array"], "description": "text, tokens, or a list of either"])])

    static let moderations = Surface(
        3, "moderations", "Classify whether something is harmful", required: ["input"], parameters: [],
        answer: AnswerShape(),
        members: [("input", ["type": ["string", "array"], "description": "text, or a list of texts or parts"])])

    static let rerank = Surface(
        4, "rerank", "Order documents by what they say of a query", required: ["query", "documents"],
        parameters: ["top_n", "return_documents"], answer: AnswerShape(otherInput: "total_tokens"),
        members: [
            ("query", ["type": ["string", "object"]]),
            ("documents", ["type": "array", "description": "texts, or objects that hold one"]),
        ])

    static let images = Surface(
        5, "images/generations", "Generate images", required: ["prompt"],
        parameters: [
            "n", "size", "quality", "style", "background", "moderation", "output_format", "output_compression",
            "response_format",
        ],
        answer: AnswerShape(input: "input_tokens", output: "output_tokens"),
        members: [("prompt", ["type": "string"])])
}

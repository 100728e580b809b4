import JSON
import Translation

/// The surfaces, as OpenAI documents them (platform.openai.com/docs/api-reference, read 2026-11). `rerank` is not
/// OpenAI's: it is the form of Jina and Cohere that vLLM, llama.cpp, Together and others serve under `/v1/rerank`.
extension Surface {
    static let all: [Surface] = [
        chat, completions, embeddings, moderations, rerank, images, speech, transcriptions, translations, responses,
        messages, countTokens,
    ]

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
            ], output: "completion_tokens", cached: ["prompt_tokens_details", "cached_tokens"],
            reasoning: ["completion_tokens_details", "reasoning_tokens"], canBeEstimated: true),
        isStreamed: true, takesPrompts: true, wire: OpenAIChat.self,
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
            cached: ["prompt_tokens_details", "cached_tokens"], canBeEstimated: true),
        isStreamed: true,
        members: [("prompt", ["type": ["string", "array"], "description": "text, tokens, or a list of either"])])

    static let embeddings = Surface(
        2, "embeddings", "Create embeddings", required: ["input"], parameters: ["dimensions", "encoding_format"],
        answer: AnswerShape(canBeEstimated: true),
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

    static let speech = Surface(
        6, "audio/speech", "Speak a text", required: ["input"],
        parameters: ["voice", "instructions", "response_format", "speed", "stream_format"],
        answer: AnswerShape(
            tokens: [["audio"]], input: "input_tokens", output: "output_tokens", lastTypes: ["speech.audio.done"]),
        givesMedia: true,
        members: [
            ("input", ["type": "string"]), ("voice", ["type": ["string", "object"]]),
            ("stream_format", ["type": "string", "description": "audio, or sse for events"]),
        ])

    static let transcriptions = Surface(
        7, "audio/transcriptions", "Write down what is said",
        parameters: [
            "language", "prompt", "response_format", "temperature", "timestamp_granularities",
            "chunking_strategy", "known_speaker_names", "known_speaker_references", "hotwords",
        ], answer: transcript, isForm: true, givesMedia: true, members: spoken)

    static let translations = Surface(
        8, "audio/translations", "Write down in English what is said",
        parameters: ["prompt", "response_format", "temperature"], answer: transcript, isForm: true, givesMedia: true,
        members: spoken)

    /// Typed events instead of chunks, and no `[DONE]` (developers.openai.com/api/reference/resources/responses).
    static let responses = Surface(
        9, "responses", "Create a response",
        parameters: [
            "input", "instructions", "previous_response_id", "conversation", "background", "max_output_tokens",
            "max_tool_calls", "temperature", "top_p", "top_logprobs", "tools", "tool_choice", "parallel_tool_calls",
            "service_tier",
        ],
        answer: AnswerShape(
            finishReason: ["status"], tokens: [["delta"]], input: "input_tokens", output: "output_tokens",
            cached: ["input_tokens_details", "cached_tokens"],
            reasoning: ["output_tokens_details", "reasoning_tokens"], canBeEstimated: true,
            lastTypes: ["response.completed", "response.incomplete"], failedTypes: ["response.failed", "error"],
            within: ["response"]),
        isStreamed: true, takesPrompts: true, keepsState: true,
        members: [("input", ["type": ["string", "array"], "description": "a text or a list of items"])])

    /// vLLM streams transcripts as chunks of a chat, Mistral under names of its own.
    private static let transcript = AnswerShape(
        content: ["text"], tokens: [["delta"], ["choices", "0", "delta", "content"]], input: "input_tokens",
        output: "output_tokens", lastTypes: ["transcript.text.done", "transcription.done"])

    private static let spoken: [(name: String, schema: JSONValue)] = [
        ("file", ["type": "string", "format": "binary"]),
        ("stream", ["type": "boolean", "description": "ask for events"]),
    ]

    /// platform.claude.com/docs/en/api/messages (read 2026-11).
    static let messages = Surface(
        10, "messages", "Create a message",
        parameters: [
            "max_tokens", "system", "temperature", "top_p", "top_k", "stop_sequences", "tools", "tool_choice",
            "thinking", "output_config", "service_tier",
        ],
        answer: AnswerShape(
            finishReason: ["stop_reason"], input: "input_tokens",
            addedInput: "cache_creation_input_tokens", addedLong: ["cache_creation", "ephemeral_1h_input_tokens"],
            output: "output_tokens",
            cached: ["cache_read_input_tokens"], canBeEstimated: true),
        isStreamed: true, takesPrompts: true, style: .anthropic, wire: AnthropicMessages.self,
        members: [
            ("max_tokens", ["type": "integer"]), ("system", ["type": ["string", "array"]]),
            (
                "messages",
                ["type": "array", "description": "in Anthropic's format; a prompt's own stand around them"]
            ),
        ])

    static let countTokens = Surface(
        11, "messages/count_tokens", "Count the tokens of a message",
        parameters: ["system", "tools", "tool_choice", "thinking", "output_config"], answer: AnswerShape(),
        takesPrompts: true, style: .anthropic,
        members: [("messages", ["type": "array", "description": "in Anthropic's format"])])
}

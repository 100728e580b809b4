package import JSON

/// Converse and ConverseStream of Amazon Bedrock (docs.aws.amazon.com/bedrock/latest/APIReference,
/// API_runtime_Converse and API_runtime_ConverseStream, read 2026-11). The model and whether it is a stream stand in
/// the address.
///
/// What is left out or changed on purpose, and why:
/// - `user`: nothing there takes the name of an end user, and no model ever sees it.
/// - Text that is empty or nothing but white space: Bedrock refuses it, and it says nothing.
/// - Marks of what to cache go to Claude and Nova only: other models refuse them.
/// - Reasoning without a signature, or with one of Gemini's, and all of it to models that sign none: those that want
///   theirs back sign it, the others refuse it.
/// - Ids of calls that Bedrock would refuse go under another name (`CallAlias`), in the call and in its result.
/// - Tools that the messages name are declared where the caller declares none: Bedrock wants them with every call and
///   result, and the caller's models elsewhere do not.
/// - `strict` of a schema of the answer: Bedrock holds every model to it (userguide/structured-output).
/// - `tool_choice: none` without earlier calls becomes a request without tools, which is the same.
/// - The `detail` of an image: a hint.
/// - The title of a document becomes its name, of the letters that a name may have.
package enum Converse: ProviderWire {
    package static let name = "Bedrock's Converse"

    /// What the models have in common that take more than others. An application's profile and provisioned throughput
    /// do not tell their model, and are taken for what takes most.
    static func isClaude(_ model: String) -> Bool {
        model.contains("anthropic.") || model.contains(":application-inference-profile/")
            || model.contains(":provisioned-model/")
    }

    /// Makers of models that think without signing it, or do not think.
    private static let unsigning = [
        "ai21.", "cohere.", "deepseek.", "google.", "meta.", "minimax.", "mistral.", "moonshot.", "moonshotai.",
        "nvidia.", "openai.", "qwen.", "writer.", "zai.",
    ]

    static func keepsThoughts(_ model: String) -> Bool { !unsigning.contains { model.contains($0) } }

    static func cachesMarks(_ model: String) -> Bool { isClaude(model) || model.contains("amazon.nova") }

    /// Reasons to stop that leave nothing to be used (API_runtime_ConverseResponse, `stopReason`).
    static let failures: Set<String> = ["malformed_model_output", "malformed_tool_use"]

    static func stopReason(_ word: String?) -> StopReason {
        switch word {
        case "end_turn": .endOfTurn
        case "tool_use": .toolCalls
        case "max_tokens": .maxTokens
        case "stop_sequence": .stopSequence(nil)
        case "guardrail_intervened", "content_filtered": .refusal
        case "model_context_window_exceeded": .contextWindow
        case nil: .unknown
        // Words to come: callers' SDKs have enumerations of their own.
        default: .endOfTurn
        }
    }

    package static func usage(of answer: JSONObject) -> TokenUsage? { usage(answer["usage"]) }

    /// What a cache knew or was told is not among `inputTokens` (userguide/prompt-caching, "Token usage").
    /// - Returns: nil where the two counts are not told.
    static func usage(_ value: JSONValue?) -> TokenUsage? {
        guard let input = value?["inputTokens"]?.count, let output = value?["outputTokens"]?.count else {
            return nil
        }
        let read = value?["cacheReadInputTokens"]?.count
        let write = value?["cacheWriteInputTokens"]?.count
        return TokenUsage(
            input: input + (read ?? 0) + (write ?? 0), output: output, cacheRead: read, cacheWrite: write)
    }

    package static func fault(status: Int, _ body: [UInt8]) -> Fault {
        let value = try? JSONValue(parsing: body)
        let message = value?["message"]?.stringValue ?? value?["Message"]?.stringValue
        // 424: "The request failed due to an error while processing the model" (ModelErrorException).
        let kind = status == 424 ? .server : Fault.kind(of: status)
        return Fault(
            kind, message ?? "the provider answered with status \(status)", code: value?["__type"]?.stringValue)
    }

    /// An exception within a stream, by its name in the frame (API_runtime_ConverseStreamOutput).
    static func fault(exception name: String, _ message: String?) -> Fault {
        let kind: Fault.Kind =
            switch name {
            case "throttlingException": .rateLimit
            case "serviceUnavailableException": .overloaded
            case "validationException": .invalidRequest
            case "accessDeniedException": .permission
            case "modelTimeoutException": .timeout
            default: .server
            }
        return Fault(kind, message ?? name, code: name)
    }
}

package import JSON

/// `generateContent` of the Gemini API and of Vertex AI (ai.google.dev/api/generate-content,
/// cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference; read 2026-11). The model and whether it is
/// a stream stand in the address.
///
/// What is left out or changed on purpose, and why:
/// - `user`: nothing there takes the name of an end user, and no model ever sees it.
/// - Marks of what to cache: Gemini caches beginnings by itself.
/// - `strict` of a tool: arguments are held to the declared schema anyway.
/// - The `detail` of an image, and the title of a document: a hint and a name for people.
/// - Reasoning of earlier turns: its text is the vendor's summary, which the vendor does not want back. Its signature
///   goes with the part behind it, if it is Gemini's own (`signatureMark`).
/// - An effort beside a budget, or beside `thinking` that is off: a request may have one of the two
///   (ai.google.dev/gemini-api/docs/thinking), and a number says more than a word.
/// - `name` and `strict` of a schema of the answer: Gemini has no name for it, and holds every answer to it
///   (ai.google.dev/gemini-api/docs/structured-output). Its `description` becomes that of the schema.
/// - An effort becomes a level, before the third generation a budget of tokens, by the table of Google's own
///   OpenAI-compatible surface (ai.google.dev/gemini-api/docs/openai, "Thinking").
/// - Ids of calls go to the third generation and later as the caller has them, in the call and in its result
///   (ai.google.dev/gemini-api/docs/function-calling); those before refuse them, and are given the results in the order
///   of the calls.
package enum Gemini: ProviderWire {
    package static let name = "Gemini's generateContent"

    /// Stands before the signatures of thoughts when callers have them, so that those of other vendors' models, which
    /// Gemini would refuse, are told apart when they come back.
    static let signatureMark = "gemini:"
    /// Stands for a signature that the caller did not keep, or of a call that another model made
    /// (ai.google.dev/gemini-api/docs/thought-signatures, FAQ): from the third generation on a call without one is
    /// refused.
    static let missingSignature = "skip_thought_signature_validator"
    /// The first generation that wants signatures, and takes levels of thinking.
    private static let signingGeneration = 3

    /// 3 of `gemini-3.1-pro-preview`, the newest of a name without a number (`gemini-flash-latest`, which moves); nil
    /// for what is not named so, such as a tuned model.
    private static func generation(of model: String) -> Int? {
        guard let start = model.firstRange(of: "gemini-") else { return nil }
        let numbers = model[start.upperBound...].split(separator: "-").lazy.compactMap { word in
            Int(word.prefix { $0.isASCII && $0.isNumber })
        }
        return numbers.first ?? .max
    }

    /// Whether a call has to come with a signature; levels of thinking came with them.
    static func wantsSignatures(_ model: String) -> Bool { (generation(of: model) ?? 0) >= signingGeneration }

    /// Whether calls and results have ids. What a model of another name is based on is newer by and by.
    static func takesCallIDs(_ model: String) -> Bool { (generation(of: model) ?? .max) >= signingGeneration }

    /// Reasons to finish that leave nothing to be used (ai.google.dev/api/generate-content, "FinishReason").
    static let failures: Set<String> = [
        "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE", "TOO_MANY_TOOL_CALLS",
        "UNEXPECTED_TOOL_CALL",
    ]

    static func stopReason(_ word: String?, callsTools: Bool) -> StopReason {
        switch word {
        case "STOP": callsTools ? .toolCalls : .endOfTurn
        case "MAX_TOKENS": .maxTokens
        case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT":
            .refusal
        // Nothing that could be used, and nothing wrong: no image, no sound, a language that it does not have.
        case "LANGUAGE", "NO_IMAGE", "IMAGE_RECITATION", "IMAGE_OTHER": .refusal
        case nil: .unknown
        // `OTHER`, and words to come: callers' SDKs have enumerations of their own.
        default: callsTools ? .toolCalls : .endOfTurn
        }
    }

    package static func usage(of answer: JSONObject) -> TokenUsage? { usage(answer["usageMetadata"]) }

    /// - Returns: nil where the count of the prompt is not told.
    static func usage(_ value: JSONValue?) -> TokenUsage? {
        guard let metadata = value, let prompt = metadata["promptTokenCount"]?.count else { return nil }
        let thoughts = metadata["thoughtsTokenCount"]?.count
        return TokenUsage(
            input: prompt + (metadata["toolUsePromptTokenCount"]?.count ?? 0),
            output: (metadata["candidatesTokenCount"]?.count ?? 0) + (thoughts ?? 0),
            cacheRead: metadata["cachedContentTokenCount"]?.count, reasoning: thoughts)
    }

    package static func fault(status: Int, _ body: [UInt8]) -> Fault {
        let value = try? JSONValue(parsing: body)
        // Without `alt=sse` errors of the streaming method come in a list.
        if let error = value?["error"] ?? value?[0]?["error"] { return fault(error, status: status) }
        return Fault(Fault.kind(of: status), "the provider answered with status \(status)")
    }

    /// - Parameter error: google.rpc.Status as JSON (cloud.google.com/apis/design/errors).
    static func fault(_ error: JSONValue, status: Int) -> Fault {
        let name = error["status"]?.stringValue
        let details = error["details"]?.arrayValue ?? []
        let kind: Fault.Kind =
            if details.contains(where: { $0["reason"] == "API_KEY_INVALID" }) {
                .authentication
            } else {
                kind(name) ?? Fault.kind(of: error["code"]?.intValue ?? status)
            }
        let field = details.lazy.compactMap { $0["fieldViolations"]?[0]?["field"]?.stringValue }.first
        return Fault(
            kind, error["message"]?.stringValue ?? "the provider answered with status \(status)", param: field,
            code: name, retryAfterMilliseconds: details.lazy.compactMap(pause).first)
    }

    /// Of google.rpc.RetryInfo: seconds as `34s` or `0.250s`.
    private static func pause(_ detail: JSONValue) -> Int64? {
        guard let text = detail["retryDelay"]?.stringValue, text.utf8.last == UInt8(ascii: "s"),
            let seconds = Double(text.dropLast()), (0...86_400).contains(seconds)
        else { return nil }
        return Int64((seconds * 1_000).rounded(.up))
    }

    /// google.rpc.Code
    private static func kind(_ name: String?) -> Fault.Kind? {
        switch name {
        case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE": .invalidRequest
        case "UNAUTHENTICATED": .authentication
        case "PERMISSION_DENIED": .permission
        case "NOT_FOUND": .notFound
        case "RESOURCE_EXHAUSTED": .rateLimit
        case "DEADLINE_EXCEEDED": .timeout
        case "UNAVAILABLE": .overloaded
        case "INTERNAL", "UNKNOWN": .server
        default: nil
        }
    }
}

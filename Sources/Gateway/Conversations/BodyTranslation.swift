import Translation

/// A way between the caller's wire and the provider's, where bytes cannot pass.
protocol BodyTranslation: AnyObject, Sendable {
    /// The provider's body for a request.
    /// - Throws: 400 that names what cannot be translated.
    func body(_ request: CallerRequest) throws(OpenAIError) -> [UInt8]

    /// A whole answer in the caller's words.
    /// - Returns: nil for what is no answer of the provider's wire, or cannot be said in the caller's.
    func answer(_ bytes: [UInt8], _ context: ReplyContext) -> PlainAnswer?

    /// What an answer of embeddings has to be like; nil for others.
    func vectors(of request: CallerRequest) -> ReplyContext.Vectors?

    /// An answer that is no success.
    func fault(status: Int, _ body: [UInt8]) -> Fault

    /// The body of an error in the caller's words.
    func error(_ fault: Fault, requestID: String) -> [UInt8]
}

extension BodyTranslation {
    func vectors(of request: CallerRequest) -> ReplyContext.Vectors? { nil }

    /// The head with the time that some vendors tell in the body only.
    func completed(_ head: UpstreamHead, _ body: [UInt8]) -> UpstreamHead {
        guard head.retryAfter == nil, head.retryAfterMilliseconds == nil,
            let pause = fault(status: head.status, body).retryAfterMilliseconds
        else { return head }
        return UpstreamHead(
            status: head.status, retryAfter: String((pause + 999) / 1_000), retryAfterMilliseconds: String(pause),
            isFinal: head.isFinal, contentType: head.contentType)
    }

    /// A refusal that is not the caller's to mend, though its status says so: Google calls a key that it does not know
    /// a bad request, and Bedrock a model that failed.
    func failure(status: Int, _ body: [UInt8]) -> TrialFailure? {
        switch fault(status: status, body).kind {
        case .authentication, .permission: .status(401)
        case .server, .overloaded: .status(status)
        default: nil
        }
    }
}

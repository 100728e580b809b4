/// What the gateway reads of an answer's head. Everything else of it stays behind.
package struct UpstreamHead: Sendable, Equatable {
    package var status: Int
    /// As the provider wrote it: seconds or a date.
    package var retryAfter: String?
    package var retryAfterMilliseconds: String?
    /// Whether it said `x-should-retry: false`, as OpenAI does where a retry is in vain.
    package var isFinal = false
    /// Where the request wants to know it.
    package var contentType: String?

    package init(
        status: Int, retryAfter: String? = nil, retryAfterMilliseconds: String? = nil, isFinal: Bool = false,
        contentType: String? = nil
    ) {
        self.status = status
        self.retryAfter = retryAfter
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.isFinal = isFinal
        self.contentType = contentType
    }
}

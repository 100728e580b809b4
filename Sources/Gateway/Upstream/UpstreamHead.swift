/// What the gateway reads of an answer's head. Everything else of it stays behind.
package struct UpstreamHead: Sendable {
    package let status: Int
    /// nil for nearly all, which say nothing but their status.
    private let words: Words?

    /// Apart, so that a head is two words wherever it is handed on.
    private final class Words: Sendable {
        let retryAfter: String?
        let retryAfterMilliseconds: String?
        let isFinal: Bool
        let contentType: String?

        init(retryAfter: String?, retryAfterMilliseconds: String?, isFinal: Bool, contentType: String?) {
            self.retryAfter = retryAfter
            self.retryAfterMilliseconds = retryAfterMilliseconds
            self.isFinal = isFinal
            self.contentType = contentType
        }
    }

    package init(status: Int) { self.init(status: status, words: nil) }

    package init(
        status: Int, retryAfter: String?, retryAfterMilliseconds: String?, isFinal: Bool = false,
        contentType: String? = nil
    ) {
        self.init(
            status: status,
            words: Words(
                retryAfter: retryAfter, retryAfterMilliseconds: retryAfterMilliseconds, isFinal: isFinal,
                contentType: contentType))
    }

    /// As the provider wrote it: seconds or a date.
    package var retryAfter: String? { words?.retryAfter }
    package var retryAfterMilliseconds: String? { words?.retryAfterMilliseconds }
    /// Whether it said `x-should-retry: false`, as OpenAI does where a retry is in vain.
    package var isFinal: Bool { words?.isFinal ?? false }
    /// Where the request wants to know it.
    package var contentType: String? { words?.contentType }

    /// The same under another status.
    package func with(status: Int) -> UpstreamHead { UpstreamHead(status: status, words: words) }

    private init(status: Int, words: Words?) {
        self.status = status
        self.words = words
    }
}

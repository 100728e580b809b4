/// An image, a document or a recording.
package struct Media: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        /// Base64 (RFC 4648 §4) as it was sent, unchecked, and its media type: `image/png`.
        case base64(mediaType: String, data: String)
        /// For the provider to fetch. Never fetched here.
        case url(String)
        /// Of a file that was uploaded to the vendor before.
        case file(String)
        /// A document that is plain text.
        case text(String)
    }

    package var source: Source
    /// OpenAI's `detail` of an image: `low` or `high`; nil for `auto`.
    package var detail: String?
    /// The file's name or title.
    package var title: String?

    package init(_ source: Source, detail: String? = nil, title: String? = nil) {
        self.source = source
        self.detail = detail
        self.title = title
    }
}

/// A piece of a message or of an answer.
package struct Part: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case text(String)
        case image(Media)
        /// A PDF or another file that the model reads.
        case document(Media)
        case audio(Media)
        case toolCall(ToolCall)
        case toolResult(ToolResult)
        case reasoning(Reasoning)
        /// What an assistant said instead of answering; OpenAI keeps it apart from text.
        case refusal(String)
    }

    package var content: Content
    /// Everything up to here is worth caching; nil says nothing. It never changes an answer: a writer whose wire has no
    /// such mark leaves it out.
    package var cachePoint: CachePoint?

    package init(_ content: Content, cachePoint: CachePoint? = nil) {
        self.content = content
        self.cachePoint = cachePoint
    }

    package static func text(_ text: String) -> Part { Part(.text(text)) }

    /// Whether it is text of nothing but white space.
    package var isBlank: Bool {
        guard case .text(let text) = content else { return false }
        return text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    }

    /// The text, if it is one.
    package var text: String? {
        if case .text(let text) = content { text } else { nil }
    }
}

/// One turn, or a part of one.
package struct Message: Sendable, Equatable {
    package enum Role: String, Sendable, Equatable {
        case user
        case assistant
        /// Instructions in the midst of the turns; those before all turns are `Conversation.system`.
        case system
    }

    package var role: Role
    /// In order. A user's hold text, media and results of tools; an assistant's hold text, reasoning, refusals and
    /// calls of tools; a system's text.
    package var parts: [Part]
    /// Which of several participants of a role spoke, where the wire tells.
    package var name: String?
    /// Where it stood in the caller's `messages`, for errors; -1 for one that the caller did not send.
    package var index: Int

    package init(_ role: Role, _ parts: [Part], name: String? = nil, index: Int = -1) {
        self.role = role
        self.parts = parts
        self.name = name
        self.index = index
    }

    /// Where it stood plays no part.
    package static func == (left: Message, right: Message) -> Bool {
        left.role == right.role && left.name == right.name && left.parts == right.parts
    }

    /// For a member of this message that cannot be translated.
    /// - Parameter path: below the message: `content[2]`, or `name`.
    package func unsupported(_ path: String, _ reason: String) -> TranslationError {
        .untranslatable(index < 0 ? "a prompt's messages: \(path)" : "messages[\(index)].\(path)", reason)
    }
}

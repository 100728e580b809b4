/// Why a request or an answer could not be translated.
package struct TranslationError: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// It is not what its own wire's documentation says.
        case malformed
        /// The other wire has nothing like it.
        case untranslatable
    }

    package let kind: Kind
    /// In the words of the wire that was read: `messages[3].content[1].type`.
    package let field: String
    /// For the caller's eyes: a sentence without its end, naming the field.
    package let reason: String

    package init(_ kind: Kind, _ field: String, _ reason: String) {
        self.kind = kind
        self.field = field
        self.reason = reason
    }

    package static func malformed(_ field: String, _ reason: String) -> TranslationError {
        TranslationError(.malformed, field, reason)
    }

    package static func untranslatable(_ field: String, _ reason: String) -> TranslationError {
        TranslationError(.untranslatable, field, reason)
    }

    /// The same fault, told by whoever read the object or list around it.
    /// - Parameter place: of that object: `messages[3]`.
    package func inside(_ place: String) -> TranslationError {
        if field.isEmpty { return TranslationError(kind, place, reason) }
        let isElement = field.utf8.first == UInt8(ascii: "[")
        return TranslationError(kind, isElement ? place + field : "\(place).\(field)", reason)
    }
}

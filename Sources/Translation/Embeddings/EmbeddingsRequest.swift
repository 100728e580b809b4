package import JSON

/// Texts to be made vectors of, in nobody's format.
package struct EmbeddingsRequest: Sendable, Equatable {
    /// The provider's id of the model, put there by whoever sends the request.
    package var model: String
    package var texts: [String]
    /// Numbers in each vector; nil for the model's own count.
    package var dimensions: Int?
    /// Whether the caller wants vectors as base64 rather than as numbers.
    package var isPacked = false
    /// Members that have no field here, by their names: see `Conversation.vendor`.
    package var vendor: JSONObject = [:]

    package init(model: String, texts: [String]) {
        self.model = model
        self.texts = texts
    }

    /// For a member of `vendor`.
    func unsupported(member name: String, by wire: String) -> TranslationError {
        .untranslatable(name, "\(name) has no counterpart in \(wire)")
    }
}

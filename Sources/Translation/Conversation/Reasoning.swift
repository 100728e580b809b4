/// What a model thought before it answered.
package struct Reasoning: Sendable, Equatable {
    /// What may be shown of it; empty where all of it is sealed.
    package var text: String
    /// The vendor's proof that it is the model's own; wanted back as it came. nil where the vendor gives none.
    package var signature: String?
    /// What Anthropic gives in place of text (`redacted_thinking.data`); wanted back as it came.
    package var sealed: String?

    package init(text: String, signature: String? = nil, sealed: String? = nil) {
        self.text = text
        self.signature = signature
        self.sealed = sealed
    }
}

/// A whole answer, in nobody's format.
package struct Reply: Sendable, Equatable {
    /// The provider's; empty where its wire has none.
    package var id: String
    /// The provider's id of the model that answered; empty where its wire does not tell.
    package var model: String
    /// Text, reasoning, calls of tools and refusals, in order.
    package var parts: [Part]
    package var stop: StopReason
    /// nil where the provider told none; never a guess.
    package var usage: TokenUsage?

    package init(id: String, model: String, parts: [Part], stop: StopReason, usage: TokenUsage?) {
        self.id = id
        self.model = model
        self.parts = parts
        self.stop = stop
        self.usage = usage
    }

    /// All text, joined.
    package var text: String {
        parts.reduce(into: "") { text, part in text += part.text ?? "" }
    }
}

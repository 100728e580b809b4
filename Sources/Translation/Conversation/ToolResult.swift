/// What a called tool gave.
package struct ToolResult: Sendable, Equatable {
    /// Of the call.
    package var callID: String
    /// Text, images and documents.
    package var parts: [Part]
    /// Whether the tool failed. OpenAI's wire cannot tell.
    package var isError: Bool

    package init(callID: String, parts: [Part], isError: Bool = false) {
        self.callID = callID
        self.parts = parts
        self.isError = isError
    }
}

/// A tool that the model wants to have called.
package struct ToolCall: Sendable, Equatable {
    /// The vendor's; unique in a conversation. Where a wire has none, its reader makes one up: `call_0`, by position.
    package var id: String
    package var name: String
    /// JSON text as the model wrote it, which may be no JSON: an object by all rules. Empty means no arguments.
    package var arguments: String

    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

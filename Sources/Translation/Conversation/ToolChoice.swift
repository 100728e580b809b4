/// Whether the model must call a tool.
package enum ToolChoice: Sendable, Equatable {
    /// The model decides.
    case auto
    case none
    /// One at least, of the model's choice.
    case required
    /// The one of this name.
    case tool(String)
}

/// A tool that the model wants to have called.
package struct ToolCall: Sendable, Equatable {
    /// The vendor's; unique in a conversation. Where a wire has none, its reader makes one up (`madeUpID`).
    package var id: String
    package var name: String
    /// JSON text as the model wrote it, which may be no JSON: an object by all rules. Empty means no arguments.
    package var arguments: String

    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }

    /// For a call that came without an id: unique among the answers of a conversation, and of a length and characters
    /// that all vendors take.
    static func madeUpID(_ index: Int, of answer: String) -> String {
        "call_" + answer.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.suffix(24) + "_\(index)"
    }
}

package import JSON

/// A wire that providers speak: requests are written to it, and what they answer is read. A type without instances
/// that only holds the functions.
package protocol ProviderWire: Sendable {
    /// How an error calls it: "Anthropic's messages".
    static var name: String { get }

    /// Writes a request, `model` and `stream` included where the wire has them in the body.
    /// - Throws: `Conversation.unsupported`, `Message.unsupported` for what the wire has no counterpart for.
    static func request(_ conversation: Conversation) throws(TranslationError) -> JSONObject

    /// Whether the vendor takes an end user's name as it is. One that it would refuse is for whoever sends the request
    /// to replace.
    static func takesUser(_ user: String) -> Bool

    /// Reads a whole answer of a success.
    /// - Throws: for what is no such answer; the field is one of the answer's.
    static func reply(_ body: JSONObject) throws(TranslationError) -> Reply

    /// What a whole answer took, though the rest of it be of no kind that `reply` knows; nil where it does not tell.
    static func usage(of answer: JSONObject) -> TokenUsage?

    /// For one stream.
    static func eventReader() -> any ReplyEventReader

    /// Reads an answer that is no success; gives what the status alone tells where the body is not understood.
    static func fault(status: Int, _ body: [UInt8]) -> Fault
}

extension ProviderWire {
    /// A wire that has no such name never sends it.
    package static func takesUser(_ user: String) -> Bool { true }
}

package import JSON

/// A wire that callers speak to us: their requests are read, and what they get is written. A type without instances
/// that only holds the functions.
package protocol CallerWire: Sendable {
    /// What it calls the features that it has under another name than OpenAI; with `.` and `[0]` for nested members.
    static var fieldNames: [Feature: String] { get }

    /// Reads a request. `model` and `stream` included; the member `signalbox` is ours and passed over.
    /// - Throws: for what is malformed, and for what no neutral field and no other wire could hold.
    static func conversation(_ body: JSONObject) throws(TranslationError) -> Conversation

    /// Writes a whole answer, as JSON text.
    /// - Throws: for what the wire cannot say, such as arguments of a tool that are no JSON where they must be.
    static func answer(_ reply: Reply, _ context: ReplyContext) throws(TranslationError) -> [UInt8]

    /// The wire's word for why a model stopped; outcomes hold it too. nil where nobody said, which is null on the wire.
    static func word(for reason: StopReason) -> String?

    /// For one stream.
    static func eventWriter(_ context: ReplyContext) -> any ReplyEventWriter

    /// Writes the body of an error.
    /// - Parameter requestID: ours, where the wire's errors hold one.
    static func error(_ fault: Fault, requestID: String) -> [UInt8]
}

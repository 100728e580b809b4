/// What a streamed answer brings, in nobody's format.
///
/// A reader gives them in this order: `start`; then parts, numbered from 0 in the order in which they begin, each
/// `partStart`, deltas, `partEnd`, and several may be open at once; then `finish`; and `end` last, when the provider's
/// own mark of a whole answer has come (`[DONE]`, `message_stop`, or for a wire without one the end of the connection
/// behind a finish). `input` and `usage` may come anywhere after `start` and several times: the last one holds.
/// `failure` may come anywhere and is the last. A reader opens and closes the parts by itself where its wire does not
/// mark them.
package enum ReplyEvent: Sendable, Equatable {
    case start(id: String, model: String)
    case partStart(Int, Opening)
    case textDelta(Int, String)
    case reasoningDelta(Int, String)
    /// A whole signature, or the next piece of one: they are joined.
    case signatureDelta(Int, String)
    /// A piece of the arguments' JSON text, cut anywhere between characters.
    case argumentsDelta(Int, String)
    case refusalDelta(Int, String)
    case partEnd(Int)
    /// What the input took, told before the output is counted: `output` says nothing.
    case input(TokenUsage)
    case usage(TokenUsage)
    case finish(StopReason)
    case end
    /// The provider reports that it failed.
    case failure(Fault)

    /// How a part begins.
    package enum Opening: Sendable, Equatable {
        case text
        /// - sealed: all of it, where it came sealed.
        case reasoning(sealed: String?)
        case toolCall(id: String, name: String)
        case refusal
    }
}

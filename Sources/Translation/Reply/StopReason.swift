/// Why a model stopped.
package enum StopReason: Sendable, Equatable {
    /// It was done.
    case endOfTurn
    case maxTokens
    /// It met a text of `Conversation.stop`: which one, where the wire tells.
    case stopSequence(String?)
    /// It wants tools called.
    case toolCalls
    /// It refused, or a filter of the vendor's took the answer away.
    case refusal
    /// The context is full.
    case contextWindow
    /// The vendor's own tools paused a long turn.
    case pause
    /// The vendor did not say.
    case unknown
    /// A word of the vendor's that has no case here.
    case other(String)
}

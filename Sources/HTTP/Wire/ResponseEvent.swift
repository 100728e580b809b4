/// What the reader of answers found next.
package enum ResponseEvent: Sendable, Equatable {
    /// Everything that is there was looked at; an answer is not complete.
    case needMore
    /// The head of the final answer: `status`, `value(of:)` and the rest can be asked until its body ends.
    case head
    /// A piece of the body, as a range of the input.
    case data(Range<Int>)
    /// The answer's end.
    case end
}

/// What the reader of answers found next.
package enum ResponseEvent: Sendable, Equatable {
    /// Everything that is there was looked at; an answer is not complete.
    case needMore
    /// The head of the final answer; its fields can be asked for with `value(of:)` until its body ends. `length` is the
    /// body's, nil for a chunked one and for one that ends with the connection.
    case head(status: Int, length: Int?)
    /// A piece of the body, as a range of the input.
    case data(Range<Int>)
    /// The answer's end, and whether the connection can be used again after it (RFC 9112 §9.3).
    case end(isPersistent: Bool)
}

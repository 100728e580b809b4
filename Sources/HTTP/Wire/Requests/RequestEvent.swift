/// What the parser found next.
package enum RequestEvent: Sendable {
    /// Everything that is there was looked at; a message is not complete.
    case needMore
    /// A head. With `.none` the message ends here; else its body follows.
    case head(RequestHead, BodyFraming)
    /// A piece of the body, as a range of the input.
    case data(Range<Int>)
    /// The body's end.
    case end
}

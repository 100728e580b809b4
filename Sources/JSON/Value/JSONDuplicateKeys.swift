/// What a key that occurs twice in one object means. RFC 8259 section 4 leaves it open, and two readers of one request
/// that choose differently are a way in: so it is an error wherever nobody asks for more.
package enum JSONDuplicateKeys: Sendable {
    case refused
    /// As JavaScript and Python read it.
    case lastWins
}

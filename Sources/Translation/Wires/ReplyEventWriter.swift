/// Writes one streamed answer for a caller. A value: each stream has its own.
package protocol ReplyEventWriter: Sendable {
    /// - Returns: the wire's events for it, in order; nothing where the wire says nothing at this place.
    mutating func write(_ event: ReplyEvent) -> [WireEvent]
}

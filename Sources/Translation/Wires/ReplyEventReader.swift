/// Reads the events of one streamed answer of a provider. A value: each stream has its own.
package protocol ReplyEventReader: Sendable {
    /// - Returns: what the event brings, in order; nothing for one that only keeps the connection alive, or that the
    ///   wire's documentation tells to pass over.
    /// - Throws: for an event that is not of the wire; the stream is broken then.
    mutating func read(_ event: WireEvent) throws(TranslationError) -> [ReplyEvent]

    /// The connection has ended in good order.
    /// - Returns: `end`, and what must stand before it, when by the wire's rules the answer is whole now; nothing for a
    ///   wire with a mark of its own, or when something is missing.
    mutating func closed() -> [ReplyEvent]
}

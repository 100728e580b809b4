/// Why an event stream cannot be read on.
package enum EventStreamError: Error, Sendable, Equatable {
    /// One event grew beyond the bound, in bytes.
    case eventTooLarge(Int)
}

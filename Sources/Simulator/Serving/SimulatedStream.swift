/// The events of a stream, `[DONE]` included.
struct SimulatedStream {
    let events: [[UInt8]]
    /// The indices of the events that an interval goes before.
    let pausedEvents: Range<Int>
}

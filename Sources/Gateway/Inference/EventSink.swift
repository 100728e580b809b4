import HTTP

/// Where the bytes of a streamed answer go.
protocol EventSink: Sendable {
    /// Takes whole events, or comments. Returns when more may come.
    /// - Throws: when nobody wants them any more.
    func write(_ bytes: [UInt8]) async throws
}

extension BodyWriter: EventSink {}

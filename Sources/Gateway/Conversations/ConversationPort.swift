import HTTP
import Translation

/// Where a kind of provider takes conversations that callers hold on another wire than its own.
struct ConversationPort: Sendable {
    let wire: any ProviderWire.Type
    /// Behind the base URL, as in `WireKind.Paths`.
    let path: String
    /// For streams; nil where it is the same.
    let streamPath: String?
    /// How its streams are cut into events.
    let framing: @Sendable () -> any StreamFraming

    init(
        _ wire: any ProviderWire.Type, path: String, streamPath: String? = nil,
        framing: @escaping @Sendable () -> any StreamFraming = { EventStreamParser() }
    ) {
        self.wire = wire
        self.path = path
        self.streamPath = streamPath
        self.framing = framing
    }
}

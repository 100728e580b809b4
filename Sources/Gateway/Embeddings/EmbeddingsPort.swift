import Translation

/// Where a kind of provider takes embeddings on a wire of its own.
struct EmbeddingsPort: Sendable {
    let wire: any EmbeddingsWire.Type
    /// Behind the base URL, as in `WireKind.Paths`.
    let path: String

    init(_ wire: any EmbeddingsWire.Type, path: String) {
        self.wire = wire
        self.path = path
    }
}

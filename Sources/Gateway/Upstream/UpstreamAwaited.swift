/// What a reader of a transfer waits for.
package enum UpstreamAwaited: Sendable, Hashable {
    case head
    /// At least so many bytes of the body, none of them taken yet. Never more than the request's `bufferBytesMax`.
    case bytes(Int)
}

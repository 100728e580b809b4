/// Why a stream of frames cannot be read on. Behind any of them nobody knows where the next frame begins.
package enum EventFrameError: Error, Sendable, Equatable {
    /// Lengths that no frame can have: shorter than its own framing, or headers longer than the whole.
    case impossibleLengths
    /// A frame beyond the bound, in bytes.
    case frameTooLarge(Int)
    /// The checksum over the lengths.
    case wrongPreludeChecksum
    /// The checksum over the whole frame.
    case wrongChecksum
    /// A header that is cut off, of no known type, twice there, without a name or no UTF-8.
    case malformedHeader
}

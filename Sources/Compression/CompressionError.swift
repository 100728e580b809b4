/// Why bytes could not be expanded.
package enum CompressionError: Error, Sendable, Equatable {
    /// Not the format, a wrong checksum, or bytes after the end.
    case corrupt
    /// The end is missing.
    case truncated
    /// More bytes would come out than may.
    case tooLarge(bytesMax: Int)
    /// So much would come out of so little that it was made for that.
    case tooDense(ratioMax: Int)
    case outOfMemory
}

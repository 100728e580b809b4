/// Bytes as they are kept in a file: compressed where that makes them smaller. The first byte says which: 0 for bytes
/// as they were, 1 for a zlib stream, so that its checksum is proved whenever they are read.
package struct PackedBytes: Sendable, Equatable {
    /// For the file.
    package let stored: [UInt8]

    private static let plain: UInt8 = 0
    private static let zlib: UInt8 = 1
    /// Below, a stream's own 11 bytes eat what it saves.
    private static let packedBytesMin = 64

    /// - Parameter level: 1, the fastest, to 9, the smallest. At 6 some 30 MB a second go through: not for a loop's
    ///   thread.
    package init(packing bytes: [UInt8], level: Int = 6) {
        if bytes.count >= Self.packedBytesMin, let deflater = try? Deflater(.zlib, level: level) {
            var packed = [Self.zlib]
            bytes.withUnsafeBufferPointer { deflater.compress($0, to: &packed, isLast: true) }
            if packed.count <= bytes.count {
                stored = packed
                return
            }
        }
        stored = [Self.plain] + bytes
    }

    /// From the file.
    package init(stored: [UInt8]) { self.stored = stored }

    /// The bytes as they were.
    /// - Throws: `corrupt` or `truncated` when the file does not hold what was put there, `tooLarge` beyond `bytesMax`.
    package func unpacked(bytesMax: Int) throws(CompressionError) -> [UInt8] {
        switch stored.first {
        case Self.plain:
            guard stored.count - 1 <= bytesMax else { throw .tooLarge(bytesMax: bytesMax) }
            return Array(stored.dropFirst())
        case Self.zlib:
            let inflater = try Inflater(.zlib, .init(bytesMax: bytesMax))
            var bytes: [UInt8] = []
            var fault: CompressionError?
            stored.withUnsafeBufferPointer { stored in
                do throws(CompressionError) {
                    _ = try inflater.expand(.init(rebasing: stored.dropFirst()), to: &bytes)
                    try inflater.finish()
                } catch {
                    fault = error
                }
            }
            if let fault { throw fault }
            return bytes
        default: throw .corrupt
        }
    }
}

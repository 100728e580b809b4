import CZlib

/// Compresses one stream, handed over in pieces of any size; `reset` makes it ready for the next. The same bytes give
/// the same output. Holds 256 KiB. Not shared between threads.
package final class Deflater {
    private static let pieceBytes = 16 * 1_024
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: 1, the fastest, to 9, the smallest.
    /// - Throws: `outOfMemory`.
    package init(_ format: CompressionFormat, level: Int) throws(CompressionError) {
        guard let stream = czlib_make_deflater(format.windowBits, Int32(min(max(level, 1), 9))) else {
            throw .outOfMemory
        }
        self.stream = stream
    }

    deinit { czlib_free_deflater(stream) }

    /// Appends what there is to be sent of `input` and of what came before.
    /// - Parameter isLast: nothing follows: the stream is ended.
    package func compress(_ input: UnsafeBufferPointer<UInt8>, to output: inout [UInt8], isLast: Bool) {
        let stream = stream
        var start = 0
        repeat {
            // zlib counts in 32 bits.
            let end = min(input.count, start + 1 << 30)
            stream.pointee.next_in = input.baseAddress.map { $0 + start }
            stream.pointee.avail_in = UInt32(end - start)
            start = end
            let flush = isLast && end == input.count ? Z_FINISH : Z_NO_FLUSH
            // A scratch buffer on the stack, so that the array grows by what there is.
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceBytes) { room in
                repeat {
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = UInt32(Self.pieceBytes)
                    // Cannot fail: Z_BUF_ERROR only says that there is nothing left to do.
                    _ = deflate(stream, flush)
                    output.append(contentsOf: room[..<(Self.pieceBytes - Int(stream.pointee.avail_out))])
                } while stream.pointee.avail_out == 0
            }
        } while start < input.count
    }

    /// Forgets what it has seen.
    package func reset() { deflateReset(stream) }
}

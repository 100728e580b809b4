import CZlib

/// Expands one gzip or zlib stream, handed over in pieces of any size. Not shared between threads.
package final class Inflater {
    /// What may come out.
    package struct Limits: Sendable {
        /// Bytes in all.
        package var bytesMax: Int
        /// Bytes out for each byte in, once more than `densityFreeBytes` came out. Deflate reaches 1,032 at most.
        package var ratioMax: Int

        package init(bytesMax: Int, ratioMax: Int = .max) {
            self.bytesMax = bytesMax
            self.ratioMax = ratioMax
        }
    }

    /// So much is no burden, however small it came.
    package static let densityFreeBytes = 64 * 1_024
    /// What one holds while it works: zlib's state and its window.
    package static let heldBytes = 42 * 1_024

    /// Bytes of the present piece's output that are looked at together.
    private static let pieceBytes = 16 * 1_024

    private let stream: UnsafeMutablePointer<z_stream>
    private let format: CompressionFormat
    private let limits: Limits
    private var bytesIn = 0
    private var bytesOut = 0
    /// The last byte was the last of a whole stream, or of a gzip member.
    private var isAtEnd = false

    /// - Throws: `outOfMemory`.
    package init(_ format: CompressionFormat, _ limits: Limits) throws(CompressionError) {
        guard let stream = czlib_make_inflater(format.windowBits) else { throw .outOfMemory }
        self.stream = stream
        self.format = format
        self.limits = limits
    }

    deinit { czlib_free_inflater(stream) }

    /// Appends what `input` expands to, until it is used up or about `budget` bytes have come out.
    /// - Returns: how many bytes of `input` were used: less than all only when the budget was reached. The rest is to
    ///   be handed over again, first.
    /// - Throws: after which nothing more can be expanded.
    package func expand(
        _ input: UnsafeBufferPointer<UInt8>, to output: inout [UInt8], budget: Int = .max
    ) throws(CompressionError) -> Int {
        var used = 0
        var made = 0
        while used < input.count {
            // A single piece is bounded as the kernel's reads are; zlib counts in 32 bits.
            let piece = UnsafeBufferPointer(rebasing: input[used..<min(input.count, used + 1 << 30)])
            let step = try expandOnce(piece, &output)
            used += step.used
            made += step.made
            if used < input.count {
                if made >= budget { return used }
            } else if step.isOutputFull {
                try drain(to: &output)
            }
        }
        return used
    }

    /// What zlib holds back when its input is used up is a few matches of 258 bytes each: no turn is waited for.
    private func drain(to output: inout [UInt8]) throws(CompressionError) {
        while try expandOnce(.init(start: nil, count: 0), &output).isOutputFull {}
    }

    /// The input is complete.
    /// - Throws: `truncated` when the stream is not.
    package func finish() throws(CompressionError) {
        guard isAtEnd else { throw .truncated }
    }

    private func expandOnce(
        _ input: UnsafeBufferPointer<UInt8>, _ output: inout [UInt8]
    ) throws(CompressionError) -> (used: Int, made: Int, isOutputFull: Bool) {
        if isAtEnd {
            guard !input.isEmpty else { return (0, 0, false) }
            // RFC 1952 §2.2: members follow one another. Nothing follows a zlib stream.
            guard format == .gzip, inflateReset(stream) == Z_OK else { throw .corrupt }
            isAtEnd = false
        }
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        var status = Z_OK
        var made = 0
        let (stream, bytesBefore) = (stream, output.count)
        // A scratch buffer on the stack, so that the array grows by what there is.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceBytes) { room in
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(Self.pieceBytes)
            status = inflate(stream, Z_NO_FLUSH)
            made = Self.pieceBytes - Int(stream.pointee.avail_out)
            output.append(contentsOf: room[..<made])
        }
        assert(output.count == bytesBefore + made)
        let used = input.count - Int(stream.pointee.avail_in)
        bytesIn += used
        bytesOut += made
        try check(status)
        return (used, made, made == Self.pieceBytes && !isAtEnd)
    }

    private func check(_ status: Int32) throws(CompressionError) {
        switch status {
        case Z_STREAM_END: isAtEnd = true
        // Z_BUF_ERROR: there is nothing to be done with what it has.
        case Z_OK, Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw .outOfMemory
        // Z_NEED_DICT among them: nobody agreed on a dictionary.
        default: throw .corrupt
        }
        guard bytesOut <= limits.bytesMax else { throw .tooLarge(bytesMax: limits.bytesMax) }
        let (dense, overflow) = bytesIn.multipliedReportingOverflow(by: limits.ratioMax)
        guard bytesOut <= Self.densityFreeBytes || overflow || bytesOut <= dense else {
            throw .tooDense(ratioMax: limits.ratioMax)
        }
    }
}

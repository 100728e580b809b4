/// Reads frames: bytes in, frames out, the same wherever they are cut. Both checksums of each are checked, and its
/// lengths before anything is kept for it.
package struct EventFrameDecoder: Sendable {
    private let frameBytesMax: Int
    private var held: [UInt8] = []
    private var fault: EventFrameError?

    /// - Parameter frameBytesMax: bounds one frame; no more than that and what is fed at once is ever held.
    package init(frameBytesMax: Int = 1 << 20) { self.frameBytesMax = frameBytesMax }

    /// Whether bytes of an unfinished frame are held.
    package var hasPartialFrame: Bool { !held.isEmpty }

    /// Calls `onFrame` for each frame that these bytes complete. What it throws once it throws ever after.
    package mutating func feed(
        _ bytes: some Collection<UInt8>, _ onFrame: (EventFrame) -> Void
    ) throws(EventFrameError) {
        if let fault { throw fault }
        held += bytes
        var start = 0
        do throws(EventFrameError) {
            while let end = try frameEnd(from: start) {
                onFrame(try frame(start..<end))
                start = end
            }
        } catch {
            fault = error
            held = []
            throw error
        }
        held.removeFirst(start)
    }

    /// - Returns: nil while the frame is not whole.
    private func frameEnd(from start: Int) throws(EventFrameError) -> Int? {
        guard held.count - start >= EventFrame.preludeBytes else { return nil }
        let total = Int(number(at: start))
        let headers = Int(number(at: start + 4))
        guard total >= EventFrame.framingBytes, headers <= total - EventFrame.framingBytes else {
            throw .impossibleLengths
        }
        guard number(at: start + 8) == EventFrame.checksum(held[start..<start + 8]) else {
            throw .wrongPreludeChecksum
        }
        guard total <= frameBytesMax else { throw .frameTooLarge(frameBytesMax) }
        return held.count - start < total ? nil : start + total
    }

    private func frame(_ range: Range<Int>) throws(EventFrameError) -> EventFrame {
        let end = range.upperBound - 4
        guard number(at: end) == EventFrame.checksum(held[range.lowerBound..<end]) else { throw .wrongChecksum }
        return try EventFrame(
            held[range.lowerBound + EventFrame.preludeBytes..<end], headerBytes: Int(number(at: range.lowerBound + 4)))
    }

    private func number(at index: Int) -> UInt32 {
        held[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// Bytes on their way between a socket and the parser or encoder: one allocation that is filled at its end and
/// emptied at its start. Loop-owned.
final class WireBuffer {
    // A raw allocation rather than an array: the kernel writes into it and no byte of it is set twice.
    private var base: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    private var start = 0
    private var end = 0

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    var count: Int { end - start }
    var isEmpty: Bool { start == end }

    /// The bytes held. Valid until the next change; the parser reads them as a `Span`.
    var readable: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base + start, count: end - start) }

    /// Where the kernel may write.
    var writable: UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(start: base + end, count: capacity - end)
    }

    func consume(_ count: Int) {
        start += count
        if start == end { clear() }
    }

    func produced(_ count: Int) { end += count }

    func clear() {
        start = 0
        end = 0
    }

    /// Makes room for `extra` bytes behind the present ones.
    func reserve(_ extra: Int) {
        guard capacity - end < extra else { return }
        if start > 0, capacity - count >= extra, start >= count {
            base.update(from: base + start, count: count)
            (start, end) = (0, count)
            return
        }
        let size = max(capacity * 2, count + extra)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        fresh.initialize(from: base + start, count: count)
        base.deallocate()
        base = fresh
        capacity = size
        (start, end) = (0, count)
    }

    /// A copy that holds the same bytes in no more memory than they need and may soon need.
    func compacted() -> WireBuffer {
        let copy = WireBuffer(capacity: max(Self.compactedBytesMin, 2 * count))
        copy.append(readable)
        return copy
    }

    private static let compactedBytesMin = 1_024

    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + end).initialize(from: source, count: bytes.count)
        end += bytes.count
    }

    func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

    /// Lets `body` fill exactly `count` bytes.
    func append(count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        reserve(count)
        body(base + end)
        end += count
    }

    func append(decimal value: Int) { append(value, base: 10) }
    func append(hexadecimal value: Int) { append(value, base: 16) }

    private func append(_ value: Int, base radix: Int) {
        var digits = 1
        var rest = value / radix
        while rest > 0 {
            rest /= radix
            digits += 1
        }
        append(count: digits) { target in
            var value = value
            for index in stride(from: digits - 1, through: 0, by: -1) {
                let digit = UInt8(value % radix)
                target[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
                value /= radix
            }
        }
    }
}

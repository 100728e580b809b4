/// Unsigned LEB128 and little-endian integers, read from bytes that may be anything.
struct VarintReader {
    private let bytes: [UInt8]
    private var at = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { at == bytes.count }

    mutating func byte() throws(PercentileSketch.DecodingFault) -> UInt8 {
        guard at < bytes.count else { throw .truncated }
        defer { at += 1 }
        return bytes[at]
    }

    /// Refuses what does not fit 64 bits and spellings longer than needed.
    mutating func varint() throws(PercentileSketch.DecodingFault) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            let byte = try byte()
            guard index < 9 || byte <= 1 else { throw .inconsistent }
            value |= UInt64(byte & 0x7F) << (7 * index)
            if byte < 0x80 {
                guard byte > 0 || index == 0 else { throw .inconsistent }
                return value
            }
        }
        throw .inconsistent
    }

    mutating func fixed<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type
    ) throws(PercentileSketch.DecodingFault) -> Value {
        var value: Value = 0
        for index in 0..<Value.bitWidth / 8 { value |= Value(try byte()) << (8 * index) }
        return value
    }
}

extension [UInt8] {
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func appendFixed<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value) {
        for index in 0..<Value.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
}

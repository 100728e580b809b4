/// What a header of a frame holds, by the number of its type.
package enum EventHeaderValue: Sendable, Hashable {
    /// 0 and 1.
    case bool(Bool)
    /// 2 to 5.
    case int8(Int8), int16(Int16), int32(Int32), int64(Int64)
    /// 6
    case bytes([UInt8])
    /// 7
    case text(String)
    /// 8: Unix milliseconds.
    case timestamp(Int64)
    /// 9: sixteen bytes.
    case uuid([UInt8])

    func append(to bytes: inout [UInt8]) throws(EventFrameError) {
        func whole(_ type: UInt8, _ number: some FixedWidthInteger) {
            bytes.append(type)
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        }
        func counted(_ type: UInt8, _ content: some Collection<UInt8>) throws(EventFrameError) {
            guard let length = UInt16(exactly: content.count) else { throw .malformedHeader }
            whole(type, length)
            bytes += content
        }
        switch self {
        case .bool(let value): bytes.append(value ? 0 : 1)
        case .int8(let value): whole(2, value)
        case .int16(let value): whole(3, value)
        case .int32(let value): whole(4, value)
        case .int64(let value): whole(5, value)
        case .bytes(let value): try counted(6, value)
        case .text(let value): try counted(7, value.utf8)
        case .timestamp(let value): whole(8, value)
        case .uuid(let value):
            guard value.count == 16 else { throw .malformedHeader }
            bytes.append(9)
            bytes += value
        }
    }

    /// Reads a value behind its type's number, and moves `offset` behind it.
    init(type: UInt8, _ bytes: ArraySlice<UInt8>, _ offset: inout Int) throws(EventFrameError) {
        func take(_ count: Int) throws(EventFrameError) -> ArraySlice<UInt8> {
            guard count <= bytes.endIndex - offset else { throw .malformedHeader }
            defer { offset += count }
            return bytes[offset..<offset + count]
        }
        func whole<Number: FixedWidthInteger>(_: Number.Type) throws(EventFrameError) -> Number {
            try take(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
        }
        switch type {
        case 0, 1: self = .bool(type == 0)
        case 2: self = .int8(Int8(bitPattern: try whole(UInt8.self)))
        case 3: self = .int16(Int16(bitPattern: try whole(UInt16.self)))
        case 4: self = .int32(Int32(bitPattern: try whole(UInt32.self)))
        case 5: self = .int64(Int64(bitPattern: try whole(UInt64.self)))
        case 6: self = .bytes(Array(try take(Int(try whole(UInt16.self)))))
        case 7:
            guard let text = String(validating: try take(Int(try whole(UInt16.self))), as: UTF8.self) else {
                throw .malformedHeader
            }
            self = .text(text)
        case 8: self = .timestamp(Int64(bitPattern: try whole(UInt64.self)))
        case 9: self = .uuid(Array(try take(16)))
        default: throw .malformedHeader
        }
    }
}

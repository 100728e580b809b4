import CZlib

/// A message of `application/vnd.amazon.eventstream` (smithy.io, "Amazon Event Stream Specification", read 2026-11):
/// total length, length of the headers, CRC32 of the two; headers; payload; CRC32 of all that. Numbers are big-endian.
package struct EventFrame: Sendable, Hashable {
    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: EventHeaderValue

        package init(_ name: String, _ value: EventHeaderValue) {
            self.name = name
            self.value = value
        }
    }

    package let headers: [Header]
    package let payload: [UInt8]

    /// Of the lengths and their checksum.
    static let preludeBytes = 12
    /// The prelude, and the checksum at the end.
    static let framingBytes = 16

    package init(headers: [Header] = [], payload: [UInt8] = []) {
        self.headers = headers
        self.payload = payload
    }

    /// The text of a header; nil for one that is not there or no text.
    package func text(_ name: String) -> String? {
        guard case .text(let text)? = headers.first(where: { $0.name == name })?.value else { return nil }
        return text
    }

    /// Throws `malformedHeader` for a name above 255 bytes or a value above 65,535, and `frameTooLarge`.
    package func encoded() throws(EventFrameError) -> [UInt8] {
        var fields: [UInt8] = []
        for header in headers {
            guard let length = UInt8(exactly: header.name.utf8.count), length > 0 else { throw .malformedHeader }
            fields.append(length)
            fields += header.name.utf8
            try header.value.append(to: &fields)
        }
        guard let total = UInt32(exactly: Self.framingBytes + fields.count + payload.count) else {
            throw .frameTooLarge(Int(UInt32.max))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(total))
        Self.append(total, to: &bytes)
        Self.append(UInt32(fields.count), to: &bytes)
        Self.append(Self.checksum(bytes[...]), to: &bytes)
        bytes += fields
        bytes += payload
        Self.append(Self.checksum(bytes[...]), to: &bytes)
        return bytes
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    /// Reads what stands between the prelude and the checksum.
    init(_ content: ArraySlice<UInt8>, headerBytes: Int) throws(EventFrameError) {
        let end = content.startIndex + headerBytes
        var offset = content.startIndex
        var headers: [Header] = []
        let fields = content[..<end]
        while offset < end {
            let nameStart = offset + 1
            let nameEnd = nameStart + Int(fields[offset])
            // Behind the name there is at least the number of a type.
            guard nameEnd > nameStart, nameEnd < end,
                let name = String(validating: fields[nameStart..<nameEnd], as: UTF8.self),
                !headers.contains(where: { $0.name == name }), headers.count < Self.headersMax
            else { throw .malformedHeader }
            offset = nameEnd + 1
            headers.append(Header(name, try EventHeaderValue(type: fields[nameEnd], fields, &offset)))
        }
        self.headers = headers
        payload = Array(content[end...])
    }

    /// A frame of AWS's has four or five; each is looked at against all others.
    private static let headersMax = 64

    /// CRC-32 as in GZIP (RFC 1952 §8).
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        // The pointer does not leave the call, and zlib only reads.
        bytes.withUnsafeBytes { held in
            UInt32(truncatingIfNeeded: crc32_z(0, held.bindMemory(to: UInt8.self).baseAddress, held.count))
        }
    }
}

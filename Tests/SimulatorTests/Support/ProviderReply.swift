import HTTP
import JSON
import Support

/// An answer as it stood on the wire.
struct ProviderReply {
    let status: Int
    let head: String
    let body: [UInt8]
    /// Whether the body's framing was complete.
    let isWhole: Bool

    init(_ bytes: [UInt8]) throws {
        guard let end = Self.index(of: "\r\n\r\n", in: bytes[...]) else {
            throw RawClientError(call: "no head", code: 0)
        }
        head = String(decoding: bytes[..<end], as: UTF8.self)
        status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let rest = bytes[(end + 4)...]
        if head.lowercased().contains("transfer-encoding: chunked") {
            (body, isWhole) = Self.dechunked(rest)
        } else {
            body = Array(rest)
            isWhole = head.lowercased().contains("content-length: \(rest.count)")
        }
    }

    var json: JSONValue? { try? JSONValue(parsing: body) }
    var content: String? { json?["choices"]?[0]?["message"]?["content"]?.stringValue }
    var error: JSONValue? { json?["error"] }

    /// The data of the stream's events.
    var events: [String] {
        var events: [String] = []
        var parser = EventStreamParser()
        try? parser.feed(body) { events.append(String(decoding: $0.data, as: UTF8.self)) }
        return events
    }

    var chunks: [JSONValue] { events.compactMap { try? JSONValue(parsing: $0) } }
    var deltas: [JSONValue] { chunks.compactMap { $0["choices"]?[0]?["delta"] } }
    var streamedContent: String { deltas.compactMap { $0["content"]?.stringValue }.joined() }

    private static func dechunked(_ bytes: ArraySlice<UInt8>) -> ([UInt8], isWhole: Bool) {
        var body: [UInt8] = []
        var rest = bytes
        while let end = index(of: "\r\n", in: rest) {
            guard let size = Int(String(decoding: rest[rest.startIndex..<end], as: UTF8.self), radix: 16) else { break }
            rest = rest[(end + 2)...]
            if size == 0 { return (body, rest.elementsEqual("\r\n".utf8)) }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return (body, false)
    }

    private static func index(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(text.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: wanted) }
    }
}

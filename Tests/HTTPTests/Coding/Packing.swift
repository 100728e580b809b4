import Compression
import HTTP
import Support

/// Compressed bytes for requests, and answers taken apart.
enum Packing {
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] { try pack(bytes, .gzip) }
    static func zlib(_ bytes: [UInt8]) throws -> [UInt8] { try pack(bytes, .zlib) }

    /// So many bytes of which each stands `run` times: with 1 nothing can be compressed. A seeded block, doubled.
    static func bytes(_ count: Int, run: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 7)
        var noise: UInt8 = 0
        // Twice zlib's window, so that no block is seen from the next one.
        var bytes = (0..<65_536).map { index in
            if index % run == 0 { noise = UInt8.random(in: 0...255, using: &generator) }
            return noise
        }
        while bytes.count < count { bytes += bytes }
        return Array(bytes[..<count])
    }

    static func pack(_ bytes: [UInt8], _ format: CompressionFormat) throws -> [UInt8] {
        let deflater = try Deflater(format, level: 6)
        var packed: [UInt8] = []
        bytes.withUnsafeBufferPointer { deflater.compress($0, to: &packed, isLast: true) }
        return packed
    }

    static func unpack(_ bytes: [UInt8], _ format: CompressionFormat) throws -> [UInt8] {
        let inflater = try Inflater(format, .init(bytesMax: .max))
        var output: [UInt8] = []
        _ = try bytes.withUnsafeBufferPointer { try inflater.expand($0, to: &output) }
        try inflater.finish()
        return output
    }

    /// A request with this body, chunked in pieces of `chunk` bytes where one is given.
    static func request(
        _ target: String = "/echo/a", fields: String, body: [UInt8], chunk: Int? = nil, close: Bool = true
    ) -> [UInt8] {
        var head = "POST \(target) HTTP/1.1\r\nHost: a\r\n\(fields)"
        if close { head += "Connection: close\r\n" }
        guard let chunk else { return Array((head + "Content-Length: \(body.count)\r\n\r\n").utf8) + body }
        var bytes = Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8)
        for start in stride(from: 0, to: body.count, by: chunk) {
            let piece = body[start..<min(body.count, start + chunk)]
            bytes += Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    /// Head and body of one answer, chunks joined.
    static func parts(_ answer: [UInt8]) -> (head: String, body: [UInt8]) {
        let end = Array("\r\n\r\n".utf8)
        var index = 0
        while index + 4 <= answer.count, !answer[index..<(index + 4)].elementsEqual(end) { index += 1 }
        let head = String(decoding: answer[..<min(index + 4, answer.count)], as: UTF8.self)
        let body = Array(answer[min(index + 4, answer.count)...])
        return (head, head.contains("\r\nTransfer-Encoding: chunked\r\n") ? joined(body) : body)
    }

    private static func joined(_ bytes: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 13) {
            let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) ?? 0
            let start = end + 2
            guard size > 0, start + size + 2 <= rest.endIndex else { break }
            body += rest[start..<(start + size)]
            rest = rest[(start + size + 2)...]
        }
        return body
    }
}

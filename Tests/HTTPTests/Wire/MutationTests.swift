import Support
import Testing

@testable import HTTP

/// Requests that were damaged at random, the same ones in every run.
@Suite struct MutationTests {
    private static let seeds: [String] = [
        "GET /a/b?c=d HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nX: y\r\n\r\n",
        "PUT http://u@a.b:1/c?d HTTP/1.1\r\nHost: [::1]\r\nExpect: 100-continue\r\nX_Y: 1\r\nX-Z: 2\r\n\r\n",
        "\r\nOPTIONS * HTTP/1.1\r\nhost:\ta \r\nX-Request-Id: 1\r\nTransfer-Encoding: gzip,chunked\r\n\r\n0\r\n\r\n",
    ]

    /// Bytes on which framing turns.
    private static let telling = Array("\r\n\t :;,=\"\\0x1fF-+_%*/?#[]@.\0\u{7F}".utf8) + [0x80, 0xFF]

    @Test(arguments: 0..<seeds.count)
    func damagedRequestIsReadTheSameWhereverItIsCut(_ index: Int) {
        var random = SeededGenerator(seed: UInt64(index) + 1)
        for round in 0..<2_000 {
            var bytes = Array(Self.seeds[index].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.damage(&bytes, &random) }
            let whole = WireReading(bytes, limits: WireLimits(), bodyBytesMax: 1_000)
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            let cut = WireReading(bytes, cuts: cuts, limits: WireLimits(), bodyBytesMax: 1_000)
            guard cut == whole else {
                Issue.record("round \(round), cuts \(cuts) of \(bytes): \(cut), whole: \(whole)")
                return
            }
            if let error = whole.error { #expect([400, 413, 414, 431, 501, 505].contains(error.status)) }
            for message in whole.messages { Self.expectSound(message) }
        }
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        let byte = telling.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[at] = byte
        case 1: bytes.insert(byte, at: at)
        case 2: bytes.remove(at: at)
        case 3:
            let end = min(bytes.count, at + Int.random(in: 1...12, using: &random))
            bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
        default: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
        }
    }

    /// Whatever was read obeys what every handler relies on.
    private static func expectSound(_ message: WireReading.Message) {
        #expect(Method(rawValue: message.method) != nil)
        #expect(message.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(message.names.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Octet.isToken) })
        #expect(message.values.allSatisfy { value in value.utf8.allSatisfy { $0 != 13 && $0 != 10 && $0 != 0 } })
        #expect(message.names.filter { $0.lowercased() == "host" }.count <= 1)
        #expect(message.names.filter { $0.lowercased() == "content-length" }.count <= 1)
    }
}

import Testing

@testable import HTTP

/// Answers of upstreams (RFC 9112), each cut up at every point.
@Suite struct ResponseParserTests {
    /// What came of a connection's bytes.
    struct Reading: Equatable {
        var statuses: [Int] = []
        var lengths: [Int?] = []
        var bodies: [String] = []
        var persistent: [Bool] = []
        var error: WireError?
        var endsWithConnection = false
    }

    private static func read(_ pieces: [[UInt8]], _ limits: WireLimits = WireLimits()) -> Reading {
        var parser = ResponseParser(limits: limits)
        var reading = Reading()
        var pending: [UInt8] = []
        var body: [UInt8] = []
        do throws(WireError) {
            for piece in pieces {
                pending += piece
                var offset = 0
                events: while true {
                    switch try parser.next(pending.span, &offset) {
                    case .needMore: break events
                    case .head(let status, let length):
                        reading.statuses.append(status)
                        reading.lengths.append(length)
                        body = []
                    case .data(let range): body += pending[range]
                    case .end(let isPersistent):
                        reading.bodies.append(String(decoding: body, as: UTF8.self))
                        reading.persistent.append(isPersistent)
                    }
                }
                pending.removeFirst(offset)
            }
            reading.endsWithConnection = parser.endsWithConnection
            if parser.endsWithConnection { reading.bodies.append(String(decoding: body, as: UTF8.self)) }
        } catch {
            reading.error = error
        }
        return reading
    }

    /// The same at every split, and byte by byte.
    private static func readEveryWay(_ text: String, _ limits: WireLimits = WireLimits()) -> Reading {
        let bytes = Array(text.utf8)
        let whole = read([bytes], limits)
        for split in 0...bytes.count {
            #expect(read([Array(bytes[..<split]), Array(bytes[split...])], limits) == whole, "split at \(split)")
        }
        #expect(read(bytes.map { [$0] }, limits) == whole, "byte by byte")
        return whole
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true),
        ("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", true),
        ("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", true),
        ("HTTP/1.1 200 OK\r\ncontent-length:5 \r\nConnection: close\r\n\r\nhello", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\nhello", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-T: 1\r\n\r\n", true),
    ])
    func bodiesEndWhereTheirFramingSays(_ text: String, isPersistent: Bool) {
        let reading = Self.readEveryWay(text)
        #expect(reading.error == nil)
        #expect(reading.bodies == ["hello"])
        #expect(reading.persistent == [isPersistent])
    }

    /// RFC 9112 §6.3 item 8.
    @Test func withoutALengthTheBodyEndsWithTheConnection() {
        let reading = Self.readEveryWay("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello")
        #expect(reading.endsWithConnection)
        #expect(reading.bodies == ["hello"])
        #expect(reading.lengths == [nil])
    }

    /// RFC 9112 §6.3 item 1; RFC 9110 §15.2: interim answers are passed over.
    @Test func statusesWithoutABodyHaveNone() {
        let reading = Self.readEveryWay(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                + "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(reading.error == nil)
        #expect(reading.statuses == [204, 304, 200])
        #expect(reading.bodies == ["", "", ""])
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 99 No\r\n\r\n", "HTTP/1.1 2000 No\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n", "<html>\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        // RFC 9112 §6.3 items 3 and 5, §6.1.
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        // §5.1, §5.2, §5.5 of RFC 9110.
        "HTTP/1.1 200 OK\r\nServer : x\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: x\r\n y\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "HTTP/1.1 200 OK\r\nServer\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\u{0}c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
        // §7.1.
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    ])
    func whatIsInDoubtIsRefused(_ text: String) {
        let reading = Self.readEveryWay(text)
        #expect(reading.error?.status == 400)
        #expect(reading.bodies.isEmpty)
    }

    @Test func headsAreBoundedTogetherWithWhatCameBeforeThem() {
        var limits = WireLimits()
        limits.headerBytesMax = 100
        limits.headerCountMax = 3
        let long = "HTTP/1.1 200 OK\r\nX: \(String(repeating: "y", count: 100))\r\n\r\n"
        #expect(Self.readEveryWay(long, limits).error?.status == 431)
        let many = "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 4) + "\r\n"
        #expect(Self.readEveryWay(many, limits).error?.status == 431)
        let interim = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 4) + "HTTP/1.1 200 OK\r\n\r\n"
        #expect(Self.readEveryWay(interim, limits).error?.status == 431)
        let flood = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 17)
        #expect(Self.readEveryWay(flood).error?.status == 400)
    }

    @Test func answersThatFollowEachOtherAreToldApart() {
        let one = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
        let two = "HTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
        let reading = Self.readEveryWay(one + two + one)
        #expect(reading.statuses == [200, 429, 200])
        #expect(reading.bodies == ["one", "two", "one"])
        #expect(reading.persistent == [true, true, true])
    }

    @Test func fieldsAreFoundBehindInterimAnswers() throws {
        let bytes = Array(
            "HTTP/1.1 100 Continue\r\nA: no\r\n\r\nHTTP/1.1 429 No\r\nRetry-After:  7 \r\nA: b\r\n\r\n".utf8)
        var parser = ResponseParser()
        var offset = 0
        guard case .head(429, nil) = try parser.next(bytes.span, &offset) else {
            Issue.record("no head")
            return
        }
        let range = parser.value(of: "retry-after", in: bytes.span, headEnd: offset)
        #expect(range.map { Array(bytes[$0]) } == Array("7".utf8))
        let none = parser.value(of: "x-none", in: bytes.span, headEnd: offset)
        #expect(none == nil)
    }
}

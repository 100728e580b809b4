import Compression
import HTTP
import Support
import Testing

/// RFC 9110 §12.5.3, §8.8.3 and §15.4.5: answers for those who take them compressed.
@Suite(.timeLimit(.minutes(2)))
struct CodedAnswerTests {
    private static let text = Array(String(repeating: "{\"name\":\"support-bot\"},", count: 100).utf8)
    private static let long = Packing.bytes(1_000_000, run: 9)
    private static let tag = "\"3f\""

    private static let routes: [Route] = [
        Route(.get, "/text", handler: .immediate { _ in .json(text) }),
        Route(.head, "/text", handler: .immediate { _ in .json(text) }),
        Route(.get, "/long", handler: .immediate { _ in .json(long) }),
        Route(.get, "/later", handler: .asynchronous { _ in .json(long) }),
        Route(.get, "/small", handler: .immediate { _ in .json([123, 125]) }),
        Route(
            .get, "/quick", options: RouteOptions(compressesAnswers: false), handler: .immediate { _ in .json(text) }),
        Route(.get, "/typed/{type}", handler: .immediate { typed($0) }),
        Route(
            .get, "/status/{status}",
            handler: .immediate { .json(text, status: Int($0.parameters["status"] ?? "") ?? 0) }),
        Route(.get, "/tagged", handler: .immediate(tagged)), Route(.patch, "/tagged", handler: .immediate(tagged)),
        Route(
            .get, "/coded",
            handler: .immediate { _ in
                Response(
                    status: 200, headers: ["Content-Type": "text/plain", "Content-Encoding": "br"], body: .bytes(text))
            }),
        Route(
            .get, "/events",
            handler: .immediate { _ in
                Response(
                    status: 200, headers: ["Content-Type": "text/event-stream"],
                    body: .stream { try await $0.write(Array("data: 1\n\n".utf8)) })
            }),
    ]

    @Sendable private static func typed(_ request: Request) -> Response {
        let type = (request.parameters["type"] ?? "").split(separator: ":").joined(separator: "/")
        return Response(status: 200, headers: ["Content-Type": type], body: .bytes(text))
    }

    /// What a handler does with conditions that knows nothing of codings.
    @Sendable private static func tagged(_ request: Request) -> Response {
        if let wanted = request.head.value("if-match"), wanted != tag, wanted != "*" { return Response(status: 412) }
        if let known = request.head.value("if-none-match"), known == tag || known == "W/" + tag {
            return Response(status: 304, headers: ["ETag": tag])
        }
        var response = Response.json(text)
        response.headers.set("ETag", tag)
        return response
    }

    private static func answer(
        _ server: RunningServer, _ target: String, _ accept: String?, method: String = "GET", fields: String = "",
        version: String = "1.1"
    ) throws -> (head: String, body: [UInt8]) {
        let client = try server.connect()
        let accept = accept.map { "Accept-Encoding: \($0)\r\n" } ?? ""
        try client.send("\(method) \(target) HTTP/\(version)\r\nHost: a\r\n\(accept)\(fields)Connection: close\r\n\r\n")
        return Packing.parts(try client.receiveAll())
    }

    @Test func answerComesInTheCodingThatIsAskedFor() async throws {
        try await withServer(Self.routes) { server in
            for (accept, coding) in [("gzip", "gzip"), ("deflate", "deflate"), ("br, *;q=0.5", "gzip")] {
                for (target, plain) in [("/text", Self.text), ("/long", Self.long), ("/later", Self.long)] {
                    for version in ["1.1", "1.0"] {
                        let (head, body) = try Self.answer(server, target, accept, version: version)
                        #expect(head.contains("\r\nContent-Encoding: \(coding)\r\n"), "\(head)")
                        #expect(head.contains("\r\nVary: Accept-Encoding\r\n"))
                        #expect(body.count < plain.count / 3)
                        #expect(try Packing.unpack(body, coding == "gzip" ? .gzip : .zlib) == plain)
                        if target == "/text" { #expect(head.contains("\r\nContent-Length: \(body.count)\r\n")) }
                    }
                }
            }
            let counters = server.server.counters
            #expect(counters.answersCompressed == 18)
            #expect(counters.bytesBeforeCompression == 6 * (Self.text.count + 2 * Self.long.count))
            #expect(counters.bytesAfterCompression < counters.bytesBeforeCompression / 3)
        }
    }

    @Test func answersThatAreNotCompressedGoOutAsTheyAre() async throws {
        try await withServer(Self.routes) { server in
            // Not asked for, but there are other forms: caches must know (RFC 9110 §12.5.5).
            for accept in [nil, "", "br", "gzip;q=0", "identity"] {
                let (head, body) = try Self.answer(server, "/text", accept)
                #expect(!head.contains("Content-Encoding") && head.contains("\r\nVary: Accept-Encoding\r\n"))
                #expect(body == Self.text)
            }
            for target in ["/small", "/quick", "/typed/image:png", "/typed/application:octet-stream", "/events"] {
                let (head, _) = try Self.answer(server, target, "gzip")
                #expect(!head.contains("Content-Encoding") && !head.contains("Vary"), "\(target): \(head)")
            }
            let (head, body) = try Self.answer(server, "/coded", "gzip")
            #expect(head.contains("\r\nContent-Encoding: br\r\n") && body == Self.text)
            let (bodiless, none) = try Self.answer(server, "/text", "gzip", method: "HEAD")
            #expect(!bodiless.contains("Content-Encoding") && none.isEmpty)
            for status in [204, 206, 304] {
                let (head, _) = try Self.answer(server, "/status/\(status)", "gzip")
                #expect(head.hasPrefix("HTTP/1.1 \(status) ") && !head.contains("Content-Encoding"))
            }
            // An error is a document like any other.
            let (error, _) = try Self.answer(server, "/status/422", "gzip")
            #expect(error.contains("\r\nContent-Encoding: gzip\r\n"))
        }
    }

    @Test func refusedIdentityIsObeyedOr406() async throws {
        try await withServer(Self.routes) { server in
            for target in ["/small", "/quick", "/text"] {
                let (head, body) = try Self.answer(server, target, "gzip, identity;q=0")
                #expect(head.contains("\r\nContent-Encoding: gzip\r\n"), "\(target)")
                #expect(try Packing.unpack(body, .gzip) == (target == "/small" ? [123, 125] : Self.text))
            }
            for accept in ["identity;q=0", "*;q=0", "br, identity;q=0"] {
                let (head, body) = try Self.answer(server, "/text", accept)
                #expect(head.hasPrefix("HTTP/1.1 406 ") && head.contains("\r\nVary: Accept-Encoding\r\n"))
                #expect(String(decoding: body, as: UTF8.self).contains("Accept-Encoding"))
            }
            #expect(server.server.counters.refused(.acceptEncoding) == 3)
        }
    }

    /// RFC 9110 §8.8.3.3, §13.1.1 and §13.1.2: what a client was given it may send back.
    @Test func entityTagsHoldForWhatClientsSendBack() async throws {
        try await withServer(Self.routes) { server in
            let (plain, _) = try Self.answer(server, "/tagged", nil)
            #expect(plain.contains("\r\nETag: \"3f\"\r\n"))
            let (coded, _) = try Self.answer(server, "/tagged", "gzip")
            #expect(coded.contains("\r\nETag: \"3f-gzip\"\r\n") && coded.contains("\r\nContent-Encoding: gzip\r\n"))

            for (known, accept, tag) in [
                ("\"3f-gzip\"", "gzip", "\"3f-gzip\""), ("W/\"3f-gzip\"", "gzip", "\"3f-gzip\""),
                ("\"3f\"", "gzip", "\"3f\""), ("\"3f\"", nil, "\"3f\""),
                ("\"3f-deflate\"", "deflate", "\"3f-deflate\""),
            ] as [(String, String?, String)] {
                let (head, body) = try Self.answer(
                    server, "/tagged", accept, fields: "If-None-Match: \(known)\r\n")
                #expect(head.hasPrefix("HTTP/1.1 304 ") && body.isEmpty, "\(known): \(head)")
                #expect(head.contains("\r\nETag: \(tag)\r\n"), "\(known): \(head)")
                #expect(head.contains("\r\nVary: Accept-Encoding\r\n"))
            }
            // The tag of a form that would not be sent.
            for (known, accept) in [("\"3f-gzip\"", nil), ("\"3f-gzip\"", "deflate"), ("\"4f-gzip\"", "gzip")] {
                let (head, _) = try Self.answer(server, "/tagged", accept, fields: "If-None-Match: \(known)\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 "), "\(known)")
            }
            for (wanted, status) in [
                ("\"3f-gzip\"", 200), ("\"3f-deflate\"", 200), ("\"3f\"", 200), ("*", 200), ("\"4f-gzip\"", 412),
                ("W/\"3f-gzip\"", 412),
            ] {
                let (head, _) = try Self.answer(
                    server, "/tagged", nil, method: "PATCH", fields: "If-Match: \(wanted)\r\n")
                #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(wanted): \(head)")
            }
        }
    }

    @Test func connectionGoesOnAfterACompressedAnswerOfEitherKind() async throws {
        try await withServer(Self.routes) { server in
            let client = try server.connect()
            try client.send(
                "GET /long HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
                    + "GET /text HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
                    + "GET /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = try client.receiveAll()
            #expect(answer.suffix(2).elementsEqual("{}".utf8))
            #expect(try Packing.unpack(Packing.parts(answer).body, .gzip) == Self.long)
            #expect(server.server.counters.answers[2] == 3)
        }
    }

    @Test func clientThatLeavesALongAnswerEndsItsCompression() async throws {
        let noise = Packing.bytes(20_000_000, run: 1)
        let route = Route(.get, "/", handler: .immediate { _ in .text(noise) })
        try await withServer([route]) { server in
            var client: RawClient? = try server.connect()
            try client?.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
            _ = try client?.receive(1_000)
            client = nil
            while server.server.counters.connectionsOpen > 0 { await Task.yield() }
            #expect(server.server.counters.clientsGone == 1)
        }
    }
}

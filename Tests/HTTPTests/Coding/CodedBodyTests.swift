import HTTP
import Support
import Testing

/// RFC 9110 §8.4 and §8.4.1: bodies of requests that come compressed.
@Suite(.timeLimit(.minutes(2)))
struct CodedBodyTests {
    private static let text = String(repeating: "where is my parcel? ", count: 12)
    private static let bytes = Array(text.utf8)

    private static let routes =
        echoRoutes + [
            Route(
                .post, "/count", options: RouteOptions(bodyBytesMax: 4 << 20),
                handler: .immediate { .text("<\($0.body.count)>") })
        ]

    @Test(arguments: ["gzip", "x-gzip", "GZIP", "deflate", "identity, gzip", "gzip,", "identity"])
    func codingIsTakenOff(_ coding: String) async throws {
        let body =
            switch coding {
            case "identity": Self.bytes
            case "deflate": try Packing.zlib(Self.bytes)
            default: try Packing.gzip(Self.bytes)
            }
        try await withServer(Self.routes) { server in
            for chunk in [nil, 1, 10_000] {
                let client = try server.connect()
                try client.send(Packing.request(fields: "Content-Encoding: \(coding)\r\n", body: body, chunk: chunk))
                #expect(try client.text().hasSuffix("POST /echo/a [\(Self.text)]"))
            }
            #expect(server.server.counters.bodiesExpanded == (coding == "identity" ? 0 : 3))
        }
    }

    /// Every pair of reads that the kernel could make of it: the second part waits until the first was read.
    @Test(arguments: [nil, 7])
    func everySplitPointGivesTheSameBody(_ chunk: Int?) async throws {
        let body = try Packing.gzip(Array("first ".utf8)) + Packing.gzip(Array("second".utf8))
        let request = Packing.request(fields: "Content-Encoding: gzip\r\n", body: body, chunk: chunk, close: false)
        try await withServer(Self.routes) { server in
            let client = try server.connect()
            for cut in 1..<request.count {
                let before = server.server.counters.bytesIn
                try client.send(Array(request[..<cut]))
                while server.server.counters.bytesIn < before + cut { await Task.yield() }
                try client.send(Array(request[cut...]))
                let answer = try client.receive(until: "]")
                #expect(answer.hasSuffix("POST /echo/a [first second]"), "cut at \(cut): \(answer)")
            }
        }
    }

    @Test(arguments: [
        "br", "zstd", "compress", "gzip, gzip", "gzip, br", "gzip\r\nContent-Encoding: deflate", "gzip;q=1",
    ])
    func otherCodingsAre415AndSayWhatIsTaken(_ coding: String) async throws {
        try await withServer(Self.routes) { server in
            let client = try server.connect()
            try client.send(Packing.request(fields: "Content-Encoding: \(coding)\r\n", body: [1, 2, 3]))
            let answer = try client.text()
            #expect(answer.hasPrefix("HTTP/1.1 415 "), "\(answer)")
            #expect(answer.contains("\r\nAccept-Encoding: gzip, deflate\r\n"))
            #expect(answer.contains("Content-Encoding"))
            #expect(server.server.counters.refused(.contentCoding) == 1)
        }
    }

    @Test(arguments: [nil, 5])
    func whatIsNotWhatItSaysIs400AndNamesTheField(_ chunk: Int?) async throws {
        let whole = try Packing.gzip(Self.bytes)
        var damaged = whole
        damaged[whole.count / 2] ^= 0xFF
        let zlib = try Packing.zlib(Self.bytes)
        let cases: [(String, [UInt8])] = [
            ("gzip", Self.bytes), ("gzip", damaged), ("gzip", whole.dropLast()), ("gzip", whole + [1]),
            ("gzip", zlib), ("deflate", whole), ("deflate", Array(zlib[2..<(zlib.count - 4)])), ("deflate", zlib + [0]),
        ]
        try await withServer(Self.routes) { server in
            for (coding, body) in cases {
                let client = try server.connect()
                try client.send(Packing.request(fields: "Content-Encoding: \(coding)\r\n", body: body, chunk: chunk))
                let answer = try client.text()
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(coding): \(answer)")
                #expect(answer.contains("Content-Encoding") && answer.contains("\r\nConnection: close\r\n"))
            }
            #expect(server.server.counters.refused(.codedBody) == cases.count)
        }
    }

    @Test func emptyChunkedBodyIsNoGzip() async throws {
        try await withServer(Self.routes) { server in
            let client = try server.connect()
            try client.send(Packing.request(fields: "Content-Encoding: gzip\r\n", body: [], chunk: 1))
            #expect(try client.text().hasPrefix("HTTP/1.1 400 "))
            // Without a body there is nothing that could be coded.
            let bodiless = try server.connect()
            try bodiless.send(Packing.request(fields: "Content-Encoding: gzip\r\n", body: []))
            #expect(try bodiless.text().hasSuffix("POST /echo/a []"))
        }
    }

    @Test func bombIs413WhateverItsRoute() async throws {
        let bomb = try Packing.gzip([UInt8](repeating: 0, count: 50_000_000))
        var limits = ServerLimits()
        limits.coding.requestRatioMax = 2_000
        try await withServer(Self.routes, limits: limits) { server in
            for target in ["/small", "/count", "/echo/a"] {
                let client = try server.connect()
                try client.send(Packing.request(target, fields: "Content-Encoding: gzip\r\n", body: bomb))
                let answer = try client.text()
                #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
            }
            #expect(server.server.counters.refused(.expandedBody) == 2, "the first is too large as it came")
            #expect(server.server.counters.reached(.body) == 3)
        }
        try await withServer(Self.routes) { server in
            let dense = try Packing.gzip([UInt8](repeating: 0, count: 3_000_000))
            let client = try server.connect()
            try client.send(Packing.request("/count", fields: "Content-Encoding: gzip\r\n", body: dense))
            let answer = try client.text()
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("200 times its size"))
        }
    }

    /// The limit is the route's, to the byte.
    @Test func bodyMayExpandToTheLimitAndNoFurther() async throws {
        try await withServer(Self.routes) { server in
            for (count, status) in [(4 << 20, "200"), (4 << 20 + 1, "413")] {
                let bytes = Packing.bytes(count, run: 20)
                let client = try server.connect()
                let body = try Packing.gzip(bytes)
                try client.send(Packing.request("/count", fields: "Content-Encoding: gzip\r\n", body: body))
                #expect(try client.text().hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    /// A body that expands over many turns does not keep a second client waiting for all of them, and the request
    /// behind it on its own connection is answered too.
    @Test func longBodyLeavesTheLoopToOthersAndThePipelineInOrder() async throws {
        let bytes = Packing.bytes(4 << 20, run: 20)
        let body = try Packing.gzip(bytes)
        let next = "GET /echo/next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        try await withServer(Self.routes) { server in
            let client = try server.connect()
            try client.send(
                Packing.request("/count", fields: "Content-Encoding: gzip\r\n", body: body, close: false)
                    + Array(next.utf8))
            let other = try server.exchange(next)
            #expect(other.hasSuffix("[]"))
            let answer = try client.text()
            #expect(answer.contains("<\(bytes.count)>") && answer.hasSuffix("GET /echo/next []"))
            #expect(server.server.counters.reached(.pipelineDepth) == 0)
        }
    }

    @Test func placeForBodiesCountsWhatComesOut() async throws {
        var limits = ServerLimits()
        limits.bodyBytesMax = 300_000
        limits.bodyBytesTotalMax = 300_000
        try await withServer(Self.routes, limits: limits) { server in
            let body = try Packing.gzip(Packing.bytes(1_000_000, run: 20))
            for _ in 0..<3 {
                let client = try server.connect()
                try client.send(Packing.request("/count", fields: "Content-Encoding: gzip\r\n", body: body))
                let answer = try client.text()
                #expect(answer.hasPrefix("HTTP/1.1 503 ") || answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
            }
            // What was held came back.
            let client = try server.connect()
            let small = try Packing.gzip(Self.bytes)
            try client.send(Packing.request(fields: "Content-Encoding: gzip\r\n", body: small))
            #expect(try client.text().hasSuffix("[\(Self.text)]"))
        }
    }
}

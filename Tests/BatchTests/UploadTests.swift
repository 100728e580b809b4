import Domain
import HTTP
import JSON
import REST
import Reactor
import SQL
import Support
import Synchronization
import Testing

@testable import Batch

/// Uploads and downloads over real sockets.
@Suite(.timeLimit(.minutes(1))) struct UploadTests {
    private struct Wire {
        let harness: BatchHarness
        let server: Server
        let port: Int

        init(settings: BatchSettings = BatchHarness.quick, pagesMax: Int? = nil) async throws {
            harness = try BatchHarness(settings: settings, pagesMax: pagesMax)
            let loop = try #require(BatchHarness.loop)
            let serving = EndpointServing(authenticator: FixedAuthenticator())
            server = try Server(
                listen: [.tcp(host: "127.0.0.1", port: 0)], loops: [loop],
                routes: try Router(serving.routes(harness.endpoints)),
                errors: { status, _, detail, _, _ in .text(detail, status: status) })
            guard case .tcp(_, let port) = try await server.start().first else { throw SQLError.closed }
            self.port = port
        }

        /// Sends a request on a connection of its own; what comes back is the whole of it.
        func exchange(_ bytes: [UInt8]) async throws -> (status: Int, body: [UInt8]) {
            let port = port
            let answer = try await Self.offThread {
                let client = try RawClient(port: port)
                // An answer may come before all of it is taken, and then there is nobody to take the rest.
                try? client.send(bytes)
                return try client.receiveAll()
            }
            let text = String(decoding: answer, as: UTF8.self)
            let status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
            guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { return (status, []) }
            return (status, Array(answer[end.upperBound...]))
        }

        /// A socket that blocks is none of the pool's business.
        private static func offThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
            let loop = try EventLoop(name: "client")
            loop.start()
            defer { loop.stop() }
            return try await withCheckedThrowingContinuation { continuation in
                loop.execute { continuation.resume(with: Result(catching: work)) }
            }
        }

        func upload(_ content: [UInt8], purpose: String = "batch", after: String = "") async throws -> (Int, JSONValue)
        {
            let form =
                Array("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.jsonl\"\r\n\r\n".utf8)
                + content
                + Array(
                    "\r\n--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n\(purpose)\r\n\(after)--b--\r\n"
                        .utf8)
            let head =
                "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nConnection: close\r\n"
                + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: \(form.count)\r\n\r\n"
            let (status, body) = try await exchange(Array(head.utf8) + form)
            return (status, (try? JSONValue(parsing: body)) ?? .null)
        }

        func content(_ id: String) async throws -> (status: Int, body: [UInt8]) {
            // HTTP/1.0, so that the bytes come without chunks.
            try await exchange(
                Array("GET /v1/files/\(id)/content HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n".utf8))
        }

        func stored() async throws -> Int {
            try await harness.database.read { try ProjectUsage.of("default", in: $0).bytes }
        }
    }

    @Test(arguments: [1, 65_535, 65_536, 65_537, 1 << 20, 3_000_000])
    func whatWasUploadedComesBackByteForByte(count: Int) async throws {
        let wire = try await Wire()
        defer { wire.server.stopListening() }
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
        let (status, file) = try await wire.upload(bytes)
        #expect(status == 200)
        #expect(file["bytes"]?.intValue == count)
        #expect(file["filename"] == "r.jsonl" && file["purpose"] == "batch" && file["object"] == "file")
        let back = try await wire.content(file["id"]?.stringValue ?? "")
        #expect(back.status == 200)
        #expect(back.body == bytes)
    }

    @Test func aFileWithATermOfItsOwnIsGoneWhenThatIsOver() async throws {
        let wire = try await Wire()
        defer { wire.server.stopListening() }
        func field(_ name: String, _ value: String) -> String {
            "--b\r\nContent-Disposition: form-data; name=\"expires_after[\(name)]\"\r\n\r\n\(value)\r\n"
        }
        let (status, file) = try await wire.upload(
            [1], after: field("anchor", "created_at") + field("seconds", "3600"))
        #expect(status == 200)
        let (from, to) = (file["created_at"]?.intValue ?? 0, file["expires_at"]?.intValue ?? 0)
        #expect(to - from == 3_600)
        wire.harness.clock.advance(milliseconds: 3_600_000)
        #expect(try await wire.content(file["id"]?.stringValue ?? "").status == 404)
        #expect(try await wire.upload([1], after: field("anchor", "created_at") + field("seconds", "9")).0 == 400)
        #expect(try await wire.upload([1], after: field("seconds", "3600")).0 == 400)
    }

    @Test func whatIsRefusedLeavesNothingThatAnybodySees() async throws {
        var settings = BatchHarness.quick
        settings.fileBytesMax = 2 << 20
        settings.projectBytesMax = 3 << 20
        let wire = try await Wire(settings: settings)
        defer { wire.server.stopListening() }
        #expect(try await wire.upload([]).0 == 400)
        #expect(try await wire.upload([1], purpose: "fine-tune").0 == 400)
        // Known from the head, known only when it has come, and one that fits into a file but not beside another.
        #expect(try await wire.upload([UInt8](repeating: 1, count: 3 << 20)).0 == 413)
        #expect(try await wire.upload([UInt8](repeating: 1, count: 2 << 20 | 1)).0 == 413)
        #expect(try await wire.upload([UInt8](repeating: 1, count: 2 << 20)).0 == 200)
        let (status, problem) = try await wire.upload([UInt8](repeating: 1, count: 1 << 20 | 1))
        #expect(status == 413 && problem["detail"]?.stringValue?.contains("delete") == true)
        #expect(try await wire.harness.send(.get, "/v1/files").json["data"]?.arrayValue?.count == 1)
        let wall = WallClock { wire.harness.clock.now }
        try await BatchRetention(database: wire.harness.database, clock: wall, settings: settings).sweep()
        #expect(try await wire.stored() == 2 << 20)
    }

    @Test func noUploadIsTakenWhileTheDiskIsNearlyFull() async throws {
        let wire = try await Wire()
        defer { wire.server.stopListening() }
        wire.harness.disk.freeBytes.withLock { $0 = wire.harness.settings.freeBytesMin - 1 }
        let (status, problem) = try await wire.upload([1])
        #expect(status == 507 && problem["detail"]?.stringValue?.contains("batch.free_bytes_min") == true)
        #expect(try await wire.stored() == 0)
        wire.harness.disk.freeBytes.withLock { $0 = wire.harness.settings.freeBytesMin }
        #expect(try await wire.upload([1]).0 == 200)
    }

    @Test func anUploadThatBreaksOffLeavesNothing() async throws {
        let wire = try await Wire()
        defer { wire.server.stopListening() }
        let half =
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r\"\r\n\r\n"
            + String(repeating: "x", count: 2_000_000)
        let head =
            "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nConnection: close\r\n"
            + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: \(half.utf8.count)\r\n\r\n"
        let (status, _) = try await wire.exchange(Array((head + half).utf8))
        #expect(status == 400)
        #expect(try await wire.harness.send(.get, "/v1/files").json["data"]?.arrayValue?.isEmpty == true)
    }

    @Test func aDiskThatIsFullIs507AndReadingGoesOn() async throws {
        // Four megabytes are all that the file may have.
        let wire = try await Wire(pagesMax: 1_024)
        defer { wire.server.stopListening() }
        let (first, file) = try await wire.upload([UInt8](repeating: 1, count: 1 << 20))
        #expect(first == 200)
        #expect(try await wire.upload([UInt8](repeating: 2, count: 8 << 20)).0 == 507)
        let back = try await wire.content(file["id"]?.stringValue ?? "")
        #expect(back.status == 200 && back.body.count == 1 << 20)
        #expect(try await wire.harness.send(.get, "/v1/files").json["data"]?.arrayValue?.count == 1)
    }
}

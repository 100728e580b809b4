import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Batch

@Suite(.timeLimit(.minutes(1))) struct EndpointTests {
    @Test func whatBelongsToAnotherProjectIsNotThere() async throws {
        let harness = try BatchHarness()
        let file = try await harness.store(BatchHarness.file([BatchHarness.line("a")]))
        let id = try await harness.create(file).json["id"]?.stringValue ?? ""
        #expect(id.hasPrefix("batch_"))
        for (method, path) in [
            (Method.get, "/v1/files/\(file)"), (.get, "/v1/files/\(file)/content"), (.delete, "/v1/files/\(file)"),
            (.get, "/v1/batches/\(id)"), (.post, "/v1/batches/\(id)/cancel"),
        ] {
            #expect(try await harness.send(method, path, as: "other").status == 404, "\(method) \(path)")
        }
        #expect(try await harness.create(file, as: "other").status == 404)
        for path in ["/v1/files", "/v1/batches"] {
            #expect(try await harness.send(.get, path, as: "other").json["data"]?.arrayValue?.isEmpty == true)
            #expect(try await harness.send(.get, path).json["data"]?.arrayValue?.count == 1)
        }
        #expect(try await harness.send(.get, "/v1/batches/\(id)").json["status"] == "validating")
    }

    @Test func whatOneCallerMadeIsNotThereForAnother() async throws {
        let harness = try BatchHarness()
        let file = try await harness.store(BatchHarness.file([BatchHarness.line("a")]), as: "caller")
        let id = try await harness.create(file, as: "caller").json["id"]?.stringValue ?? ""
        #expect(id.hasPrefix("batch_"))
        let paths: [(Method, String)] = [
            (.get, "/v1/files/\(file)"), (.get, "/v1/files/\(file)/content"), (.get, "/v1/batches/\(id)"),
            (.delete, "/v1/files/\(file)"), (.post, "/v1/batches/\(id)/cancel"),
        ]
        for (method, path) in paths {
            #expect(try await harness.send(method, path, as: "second").status == 404, "\(method) \(path)")
        }
        #expect(try await harness.create(file, as: "second").status == 404)
        for path in ["/v1/files", "/v1/batches"] {
            for (key, count) in [("second", 0), ("caller", 1), ("admin", 1)] {
                let listed = try await harness.send(.get, path, as: key).json["data"]?.arrayValue
                #expect(listed?.count == count, "\(path) of \(key)")
            }
        }
        // Who may read stored bodies and change what runs meets all of the project's.
        for (method, path) in paths.reversed() where method != .delete {
            #expect(try await harness.send(method, path).status == 200, "\(method) \(path)")
        }
        #expect(try await harness.send(.delete, "/v1/files/\(file)", as: "caller").status == 200)
    }

    @Test func aKeyThatMayNotInferHasNoFilesAndNoBatches() async throws {
        let harness = try BatchHarness()
        for path in ["/v1/files", "/v1/batches", "/v1/files/x", "/v1/batches/x"] {
            #expect(try await harness.send(.get, path, as: "viewer").status == 403)
        }
        #expect(try await harness.send(.post, "/v1/batches", [:], as: "viewer").status == 403)
    }

    private static let wrong: [(changes: JSONValue, pointer: String)] = [
        (["endpoint": "/v1/images/generations"], "/endpoint"), (["completion_window": "1h"], "/completion_window"),
        (["metadata": ["a": 1]], "/metadata/a"), (["input_file_id": 7], "/input_file_id"),
        (["output_expires_after": ["anchor": "created_at", "seconds": 60]], "/output_expires_after/seconds"),
    ]

    @Test(arguments: wrong)
    func whatIsWrongWithABatchIsNamed(changes: JSONValue, pointer: String) async throws {
        let harness = try BatchHarness()
        let file = try await harness.store([1])
        let body: JSONValue = [
            "input_file_id": .string(file), "endpoint": "/v1/embeddings", "completion_window": "24h",
        ]
        let reply = try await harness.send(.post, "/v1/batches", body.mergePatched(with: changes))
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
    }

    @Test func theAnswersOfABatchAreNoRequestsOfAnother() async throws {
        let harness = try BatchHarness()
        let batch = try await harness.running {
            let id = try await harness.begin([BatchHarness.line("a")])
            await harness.batchEnded()
            return try await harness.batch(id)
        }
        let reply = try await harness.create(batch["output_file_id"]?.stringValue ?? "")
        #expect(reply.status == 422 && reply.pointers == ["/input_file_id"])
        let listed = try await harness.send(.get, "/v1/files?purpose=batch_output").json["data"]?.arrayValue ?? []
        #expect(listed.map { $0["id"] } == [batch["output_file_id"]])
    }

    @Test func theSameIdempotencyKeyMakesOneBatch() async throws {
        let harness = try BatchHarness()
        let file = try await harness.store(BatchHarness.file([BatchHarness.line("a")]))
        let other = try await harness.store(BatchHarness.file([BatchHarness.line("b")]))
        let key = [("Idempotency-Key", "nightly-7")]
        let first = try await harness.create(file, headers: key)
        #expect(first.status == 200)
        #expect(try await harness.create(file, headers: key).json["id"] == first.json["id"])
        #expect(try await harness.create(other, headers: key).status == 422)
        #expect(try await harness.create(file).json["id"] != first.json["id"])
        #expect(try await harness.send(.get, "/v1/batches").json["data"]?.arrayValue?.count == 2)
    }

    @Test func pagesNeitherHideNorRepeat() async throws {
        let harness = try BatchHarness()
        var files: [String] = []
        for _ in 0..<7 { files.append(try await harness.store([1])) }
        for (order, wanted) in [("asc", files), ("desc", files.reversed())] {
            var found: [String] = []
            var after = ""
            var hasMore = true
            while hasMore {
                let page = try await harness.send(.get, "/v1/files?limit=3&order=\(order)\(after)").json
                found += (page["data"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                after = "&after=\(page["last_id"]?.stringValue ?? "")"
                hasMore = page["has_more"]?.boolValue ?? false
            }
            #expect(found == wanted)
        }
    }

    @Test func aProjectHasABoundOnBatchesThatAreNotFinished() async throws {
        var settings = BatchHarness.quick
        settings.unfinishedMax = 2
        let harness = try BatchHarness(settings: settings)
        let file = try await harness.store(BatchHarness.file([BatchHarness.line("a")]))
        #expect(try await harness.create(file).status == 200)
        #expect(try await harness.create(file).status == 200)
        let refused = try await harness.create(file)
        #expect(refused.status == 429 && refused.response.headers["Retry-After"] == "60")
        try await harness.running { await harness.batchEnded(2) }
        #expect(try await harness.create(file).status == 200)
    }

    @Test func whatIsTooOldGoesAndItsRoomIsCountedNoMore() async throws {
        var settings = BatchHarness.quick
        settings.keepDays = 2
        let harness = try BatchHarness(settings: settings)
        let id = try await harness.running {
            let id = try await harness.begin((0..<600).map { BatchHarness.line("\($0)") })
            await harness.batchEnded()
            return id
        }
        let retention = BatchRetention(
            database: harness.database, clock: WallClock { harness.clock.now }, settings: settings)
        func bytes() async throws -> Int {
            try await harness.database.read { try ProjectUsage.of("default", in: $0).bytes }
        }
        try await retention.sweep()
        #expect(try await bytes() > 0)
        #expect(try await harness.send(.get, "/v1/batches/\(id)").status == 200)
        harness.clock.advance(milliseconds: 2 * 86_400_000 + 1)
        try await retention.sweep()
        #expect(try await bytes() == 0)
        #expect(try await harness.send(.get, "/v1/batches/\(id)").status == 404)
        for table in ["files", "chunks", "batches", "lines", "answers"] {
            let count = try await harness.database.read { connection in
                try connection.first("SELECT COUNT(*) FROM \(table)") { try $0.int(0) }
            }
            #expect(count == 0, "\(table)")
        }
    }

    @Test func anUploadThatAnEarlierProcessBeganIsClearedAway() async throws {
        let harness = try BatchHarness()
        let file = StoredFile(
            id: "file-1", project: "default", purpose: .batch, filename: "", bytes: 0, createdAt: harness.clock.now)
        try await harness.database.write { transaction in
            try FileStore.begin(file, by: "key:admin", in: transaction)
            try FileStore.append([[1, 2]], from: 0, to: file.id, in: transaction)
        }
        #expect(try await harness.send(.get, "/v1/files/file-1").status == 404)
        let wall = WallClock { harness.clock.now }
        let same = BatchRetention(database: harness.database, clock: wall, settings: harness.settings)
        try await same.sweep()
        #expect(try await harness.database.read { try ProjectUsage.of("default", in: $0).bytes } == 2)
        harness.clock.advance(milliseconds: 1)
        try await BatchRetention(database: harness.database, clock: wall, settings: harness.settings).sweep()
        #expect(try await harness.database.read { try ProjectUsage.of("default", in: $0).bytes } == 0)
    }
}

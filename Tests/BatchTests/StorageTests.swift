import Domain
import HTTP
import JSON
import Migrations
import SQL
import Support
import Testing

@testable import Batch

/// What files and batches cost the one writer, however many of them there are.
@Suite(.timeLimit(.minutes(2))) struct StorageTests {
    /// Counted anew from all rows.
    private static func recount(_ project: String, _ harness: BatchHarness) async throws -> ProjectUsage {
        try await harness.database.read { connection in
            func sum(_ sql: String) throws -> Int { try connection.first(sql, [.text(project)]) { try $0.int(0) } ?? 0 }
            return ProjectUsage(
                bytes: try sum("SELECT COALESCE(SUM(bytes), 0) FROM files WHERE project_id = $1")
                    + sum(
                        """
                        SELECT COALESCE(SUM(output_bytes + error_bytes + line_bytes), 0) FROM batches
                        WHERE project_id = $1
                        """),
                unfinished: try sum(
                    """
                    SELECT COUNT(*) FROM batches WHERE project_id = $1
                    AND status NOT IN ('failed', 'completed', 'expired', 'cancelled')
                    """))
        }
    }

    private static func usage(_ harness: BatchHarness) async throws -> ProjectUsage {
        try await harness.database.read { try ProjectUsage.of("default", in: $0) }
    }

    private static func expectCounted(
        _ harness: BatchHarness, at place: SourceLocation = #_sourceLocation
    ) async throws {
        let (kept, counted) = (try await usage(harness), try await recount("default", harness))
        #expect(kept == counted, sourceLocation: place)
    }

    /// All that a store is asked in the life of files and batches.
    private static func live(_ harness: BatchHarness) async throws {
        let day: Int64 = 86_400_000
        let key = [("Idempotency-Key", "nightly")]
        let (good, bad) = (
            try await harness.store(BatchHarness.file(BatchHarness.lines(30))), try await harness.store([1])
        )
        try await expectCounted(harness)
        try await harness.running {
            for file in [good, bad] { _ = try await harness.create(file, headers: file == good ? key : []) }
            _ = try await harness.create(good, headers: key)
            await harness.batchEnded(2)
        }
        try await expectCounted(harness)
        // One that is cancelled, one whose window ends, and one whose file goes first.
        let cancelled = try await harness.begin(BatchHarness.lines(20))
        _ = try await harness.send(.post, "/v1/batches/\(cancelled)/cancel")
        let expired = try await harness.begin(BatchHarness.lines(20))
        try await expectCounted(harness)
        harness.clock.advance(milliseconds: day)
        try await harness.running { await harness.batchEnded(2) }
        #expect(try await harness.batch(expired)["status"] == "expired")
        #expect(try await harness.send(.delete, "/v1/files/\(good)").status == 200)
        try await harness.database.write { transaction in
            let file = StoredFile(
                id: "file-1", project: "default", purpose: .batch, filename: "", bytes: 0, createdAt: harness.clock.now)
            try FileStore.begin(file, by: "key:admin", in: transaction)
            try FileStore.append([[1, 2, 3]], from: 0, to: file.id, in: transaction)
        }
        try await expectCounted(harness)
        for query in ["", "?after=zz", "?limit=1&after=zz"] {
            for user in ["admin", "caller"] {
                _ = try await harness.send(.get, "/v1/batches\(query)", as: user)
                _ = try await harness.send(.get, "/v1/files\(query)", as: user)
            }
        }
        _ = try await harness.send(.get, "/v1/files?purpose=batch&order=asc&after=a", as: "caller")
        harness.clock.advance(milliseconds: 40 * day)
        let wall = WallClock { harness.clock.now }
        try await BatchRetention(database: harness.database, clock: wall, settings: harness.settings).sweep()
        try await expectCounted(harness)
        #expect(try await usage(harness) == ProjectUsage())
    }

    @Test func whatAProjectStoresIsKeptCountedThroughAllThatHappensToIt() async throws {
        try await Self.live(try BatchHarness())
    }

    @Test func noTableIsReadFromEndToEndForAQuotaAPageOrWhatIsTooOld() async throws {
        let harness = try BatchHarness()
        try await Self.live(harness)
        let plans = harness.database.plans.filter { plan in
            // The recount of these tests, and the runner's look at all that is unfinished, which an index holds.
            !plan.sql.contains("SUM(") && !plan.sql.contains("COUNT(*)") && !plan.sql.contains("ROW_NUMBER")
        }
        #expect(Set(plans.map(\.sql)).count > 30)
        // What is read from end to end is seen to be.
        let control = "SELECT id FROM files WHERE filename = 'x'"
        try await harness.database.read { connection in _ = try connection.query(control) { try $0.text(0) } }
        #expect(harness.database.plans.last?.scans == ["SCAN files"])
        for plan in plans { #expect(plan.scans.isEmpty, "\(plan.sql)") }
        // What is sought by age is found by age, and not by looking at each file or batch there is.
        for index in ["files_by_age", "files_by_end", "files_under_way", "files_deleted", "batches_by_age"] {
            let used = plans.contains { plan in
                plan.isWrite && plan.steps.contains { $0.contains("INDEX \(index) (") }
            }
            #expect(used, "\(index)")
        }
        for index in [
            "files_by_maker (project_id=? AND created_by=? AND id<?)", "files_by_project (project_id=? AND id<?)",
            "batches_by_maker (project_id=? AND key_id=? AND id<?)", "batches_by_project (project_id=? AND id<?)",
        ] {
            #expect(plans.contains { plan in plan.steps.contains { $0.contains(index) } }, "\(index)")
        }
    }

    /// Each part of the work is small, so that others' writes come between.
    @Test(arguments: [false, true])
    func noTransactionOfALargeBatchIsLargeAndEachLineIsLookedAtOnce(isCancelled: Bool) async throws {
        let count = 2_100
        let reached = Doorbell()
        let harness = try BatchHarness { line in
            guard isCancelled else { return await BatchHarness.good(line) }
            reached.ring()
            try? await Task.sleep(for: .seconds(3_600))
            return BatchLineAnswer(status: 499, body: [], verdict: .cancelled)
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(count))
            if isCancelled {
                await reached.wait()
                _ = try await harness.send(.post, "/v1/batches/\(id)/cancel")
            }
            await harness.batchEnded()
            return id
        }
        let counts = try await harness.batch(id)["request_counts"]
        #expect(counts?[isCancelled ? "failed" : "completed"]?.intValue == count)
        let ids = try await harness.answers(id, isError: isCancelled).map { $0["custom_id"]?.stringValue }
        #expect(ids == (0..<count).map { "line-\($0)" })
        harness.clock.advance(milliseconds: 40 * 86_400_000)
        let wall = WallClock { harness.clock.now }
        try await BatchRetention(database: harness.database, clock: wall, settings: harness.settings).sweep()
        #expect(try await Self.usage(harness) == ProjectUsage())
        // A thousand lines and their batch.
        #expect(harness.database.mostChanges <= 1_001)
        let looks = harness.database.plans.count { $0.sql.contains("NOT EXISTS (SELECT 1 FROM answers") }
        // Once for asking, once for the end: each 256 at a time, and once to find that there is no more.
        #expect(looks <= 2 * (count / 256 + 2))
    }

    /// An answer has up to 64 MiB: what one transaction clears away is bounded in bytes too.
    @Test func largeAnswersAreClearedAwayAFewAtATime() async throws {
        let harness = try BatchHarness()
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(130))
            await harness.batchEnded()
            return id
        }
        try await harness.database.write { transaction in
            try transaction.execute("UPDATE answers SET line = zeroblob(600000) WHERE number BETWEEN 40 AND 59", [])
            try transaction.execute("UPDATE answers SET line = zeroblob(6000000) WHERE number = 50", [])
        }
        let file = try await harness.batch(id)["output_file_id"]?.stringValue ?? ""
        #expect(try await harness.send(.delete, "/v1/files/\(file)").status == 200)
        let sizes = SizedDeletes(harness.database)
        let wall = WallClock { harness.clock.now }
        try await BatchRetention(database: sizes, clock: wall, settings: harness.settings).sweep()
        let left = try await harness.database.read { try $0.first("SELECT COUNT(*) FROM answers") { try $0.int(0) } }
        #expect(left == 0)
        // One that is larger goes alone.
        #expect(sizes.bytes.filter { $0 > 4 << 20 } == [6_000_000])
        #expect(sizes.bytes.reduce(0, +) > 17_000_000)
        // Small ones are still many at a time.
        #expect(sizes.bytes.count < 12)
    }

    /// The work of an earlier process that ended between its parts.
    @Test func anEndThatWasCutShortGoesOnWhereItStopped() async throws {
        let harness = try BatchHarness()
        let id = try await harness.begin(BatchHarness.lines(700))
        let file = try await harness.batch(id)["input_file_id"]?.stringValue ?? ""
        let batch = try await harness.database.read { try BatchStore.find(id, in: $0) }
        let validation = BatchValidation(
            database: harness.database, clock: WallClock { harness.clock.now }, settings: harness.settings,
            room: harness.room,
            sources: BatchSources(call: BatchHarness.good, principal: BatchHarness.principal))
        try await validation.run(try #require(batch))
        try await harness.database.write { transaction in
            try BatchStore.finalize(id, isExpired: true, at: harness.clock.now, in: transaction)
            let lines = try LineStore.unanswered(of: id, model: nil, after: 0, count: 300, in: transaction)
            for line in lines {
                let answer = AnswerLine(batch: id, line, unasked: "batch_expired", "Too late.")
                #expect(try LineStore.answer(line.number, of: id, answer, in: transaction))
            }
            try transaction.execute("DELETE FROM lines WHERE batch_id = $1 AND number <= 200", [.text(id)])
        }
        try await harness.running { await harness.batchEnded() }
        let ended = try await harness.batch(id)
        #expect(ended["status"] == "expired")
        #expect(ended["request_counts"]?["failed"] == 700)
        let ids = try await harness.answers(id, isError: true).map { $0["custom_id"]?.stringValue }
        #expect(ids == (0..<700).map { "line-\($0)" })
        let left = try await harness.database.read { try $0.first("SELECT COUNT(*) FROM lines") { try $0.int(0) } }
        #expect(left == 0)
        #expect(try await harness.send(.get, "/v1/files/\(file)").status == 200)
        try await Self.expectCounted(harness)
    }

    @Test func identitiesThatOnlyLookAlikeAreTwo() async throws {
        let harness = try BatchHarness()
        let id = try await harness.running {
            // Composed and decomposed: equal to Swift, and not byte for byte.
            let id = try await harness.begin([BatchHarness.line("\u{E9}"), BatchHarness.line("e\u{301}")])
            await harness.batchEnded()
            return id
        }
        #expect(try await harness.batch(id)["request_counts"]?["completed"] == 2)
        let ids = try await harness.answers(id, isError: false).map { Array(($0["custom_id"]?.stringValue ?? "").utf8) }
        #expect(ids == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
    }

    /// A file of the first schema, with what it held.
    @Test func whatAnOlderVersionStoredIsCounted() async throws {
        let directory = try TemporaryDirectory("batch")
        let path = directory.file("batch.sqlite")
        let before = try SQLiteDatabase(SQLiteOptions(path: path), migrations: Array(Migrations.batch.prefix(1)))
        try await before.write { transaction in
            for (id, project, bytes) in [("file-1", "a", 7), ("file-2", "a", 5), ("file-3", "b", 3)] {
                try transaction.execute(
                    """
                    INSERT INTO files (id, project_id, purpose, filename, bytes, is_complete, created_at, created_by)
                    VALUES ($1, $2, 'batch', 'f', $3, 1, 1, 'key:k')
                    """, [.text(id), .text(project), SQLValue(bytes)])
            }
            for (id, status) in [("batch_1", "in_progress"), ("batch_2", "completed"), ("batch_3", "validating")] {
                try transaction.execute(
                    """
                    INSERT INTO batches (id, project_id, key_id, input_file_id, endpoint, completion_window, status,
                                         output_bytes, error_bytes, created_at, expires_at)
                    VALUES ($1, 'a', 'k', 'file-1', '/v1/embeddings', '24h', $2, 100, 10, 1, 2)
                    """, [.text(id), .text(status)])
            }
        }
        await before.close()
        let after = try SQLiteDatabase(SQLiteOptions(path: path), migrations: Migrations.batch)
        let (a, b) = try await after.read {
            (try ProjectUsage.of("a", in: $0), try ProjectUsage.of("b", in: $0))
        }
        #expect(a == ProjectUsage(bytes: 12 + 330, unfinished: 2))
        #expect(b == ProjectUsage(bytes: 3, unfinished: 0))
        await after.close()
    }
}

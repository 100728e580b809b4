import Domain
import Glibc
import SQL
import Support
import Synchronization
import Testing

@testable import Archive

/// Whatever becomes of the file, nobody is given anything but what was kept, and the next answer is kept again.
@Suite(.timeLimit(.minutes(2))) struct ArchiveDamageTests {
    @Test(arguments: ["this is no database, and longer than a page's header would be", "SQLite format 3\0 and no more"])
    func whatIsNoDatabaseIsPutAside(content: String) async throws {
        let harness = try ArchiveHarness()
        try harness.write(Array(content.utf8))
        let file = try await harness.opened()
        file.keep(harness.answer(1))
        await harness.written(file)
        #expect(await harness.found(1, in: file) != nil && file.statistics.discarded == 1)
        #expect(access(harness.path + ".aside", F_OK) == 0, "it may be somebody's")
        await file.close()
    }

    @Test func aDatabaseOfAnotherProgramIsPutAside() async throws {
        let harness = try ArchiveHarness()
        let other = try SQLiteDatabase(
            SQLiteOptions(path: harness.path),
            migrations: [Migration(version: 1, name: "other", sql: "CREATE TABLE theirs (a INTEGER) STRICT;")])
        await other.close()
        var bytes = try harness.read()
        bytes.replaceSubrange(68..<72, with: "ELSE".utf8)
        try harness.write(bytes)
        let file = try await harness.opened()
        file.keep(harness.answer(1))
        await harness.written(file)
        #expect(await harness.found(1, in: file) != nil && file.statistics.discarded == 1)
        guard case .setAside(let reason, let place) = harness.troubles.withLock({ $0.first }) else {
            Issue.record("\(harness.troubles.withLock { $0 })")
            return
        }
        #expect(reason.contains("another program") && place == harness.path + ".aside")
        await file.close()
    }

    /// Of another schema, as of a version to come.
    @Test func aFileOfAnotherVersionIsThrownAway() async throws {
        let harness = try ArchiveHarness()
        let other = try SQLiteDatabase(
            SQLiteOptions(path: harness.path),
            migrations: [
                Migration(version: 1, name: "other", sql: "CREATE TABLE answers (a INTEGER) STRICT;"),
                Migration(version: 2, name: "more", sql: "CREATE TABLE more (a INTEGER) STRICT;"),
            ])
        await other.close()
        let file = try await harness.opened()
        file.keep(harness.answer(1))
        await harness.written(file)
        #expect(await harness.found(1, in: file) != nil && file.statistics.discarded == 1)
        #expect(access(harness.path + ".aside", F_OK) != 0)
        await file.close()
    }

    /// Any byte of it, and many: what is read is what was kept, or nothing.
    @Test(arguments: 0..<24)
    func damagedBytesGiveNothingWrong(seed: Int) async throws {
        let harness = try ArchiveHarness()
        let first = try await harness.opened()
        let kept = (0..<60).map { number in
            harness.answer(number, body: (0..<(number * 97)).map { UInt8(truncatingIfNeeded: $0 &* number) })
        }
        for answer in kept { first.keep(answer) }
        await first.close()
        var random = SeededGenerator(seed: UInt64(seed))
        var bytes = try harness.read()
        for _ in 0..<(1 << Int.random(in: 0...10, using: &random)) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if seed % 4 == 0 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
        try harness.write(bytes)
        let file = try await harness.opened()
        for answer in kept {
            guard let found = await file.answer(answer.key, ageMax: .max) else { continue }
            #expect(found.body == answer.body && found.facts == answer.facts && found.expiresAt == answer.expiresAt)
        }
        // It goes on, with this file or another: each that turns out to be damaged is thrown away.
        for _ in 0..<3 where await harness.found(100, in: file) == nil {
            file.keep(harness.answer(100, body: [1, 2, 3]))
            await harness.written(file)
            if file.state.withLock({ $0.usable == nil }) { await file.open() }
        }
        #expect(await harness.found(100, in: file)?.body == [1, 2, 3], "\(harness.troubles.withLock { $0 })")
        await file.close()
    }

    /// The row itself reads well.
    @Test(arguments: ["body = x'00'", "expires_at = expires_at + 1", "facts = '{}'", "key = zeroblob(32)"])
    func aRowThatSaysSomethingElseIsNoAnswer(change: String) async throws {
        let harness = try ArchiveHarness()
        let first = try await harness.opened()
        first.keep(harness.answer(1, body: Array("forty-two".utf8)))
        await first.close()
        let other = try harness.database()
        try await other.write { try $0.execute("UPDATE answers SET \(change)", []) }
        await other.close()
        let file = try await harness.opened()
        let key = change.hasPrefix("key") ? [UInt8](repeating: 0, count: 32) : harness.key(1)
        #expect(await file.answer(key, ageMax: .max) == nil)
        #expect(file.statistics.damaged == 1 && file.statistics.discarded == 0)
        await file.close()
    }

    /// Nothing seals what is counted.
    @Test(
        arguments: [
            "UPDATE answers SET bytes = 9223372036854775807", "UPDATE answers SET bytes = -1",
            "UPDATE holdings SET bytes = 9223372036854775807", "UPDATE holdings SET entries = -1",
            "UPDATE holdings SET is_purged = 1", "DELETE FROM clock",
            "UPDATE clock SET latest = 9223372036854775807", "UPDATE clock SET latest = -9223372036854775808",
        ])
    func numbersThatCannotBeDoNoHarm(change: String) async throws {
        let harness = try ArchiveHarness()
        let first = try await harness.opened()
        for number in 0..<3 { first.keep(harness.answer(number)) }
        await first.close()
        let other = try harness.database()
        try await other.write { try $0.execute(change, []) }
        await other.close()
        let file = try await harness.opened()
        #expect(await harness.found(1, in: file).map(\.body) ?? [1] == [1])
        harness.clock.advance(milliseconds: 60_000)
        for _ in 0..<3 where await harness.found(1, in: file) == nil {
            file.keep(harness.answer(1))
            await harness.written(file)
            if file.state.withLock({ $0.usable == nil }) { await file.open() }
        }
        #expect(await harness.found(1, in: file) != nil, "\(harness.troubles.withLock { $0 })")
        #expect(file.holding == ArchiveHolding(entries: 1, bytes: 1))
        await file.close()
    }

    @Test func aPlaceThatCannotBeWrittenIsDoneWithout() async throws {
        let harness = try ArchiveHarness()
        let file = harness.file(path: harness.directory.path + "/none/cache.sqlite")
        await file.open()
        file.keep(harness.answer(1))
        await harness.written(file)
        #expect(await harness.found(1, in: file) == nil)
        let statistics = file.statistics
        #expect((statistics.dropped, statistics.unread, statistics.isOpen) == (1, 1, false))
        await file.open()
        #expect(harness.troubles.withLock { $0.count } == 1, "what lasts is told once")
        #expect(try await file.purge(deployments: ["d"]) == ArchiveHolding(), "there is nothing that could be given")
        await file.close()
    }

    /// What SQLite itself refuses for want of pages.
    @Test func aFileThatIsFullLosesOldAnswersAndGoesOn() async throws {
        let harness = try ArchiveHarness(bytesMax: 1 << 20)
        let file = try await harness.opened()
        for number in 0..<100 {
            file.keep(harness.answer(number, body: Array(repeating: 3, count: 8_000)))
            await harness.written(file)
        }
        // Somebody fills all that is left of it.
        let other = try harness.database()
        let filler = (1 << 20) - file.statistics.fileBytes
        try await other.write { transaction in
            try transaction.execute("CREATE TABLE filler (content BLOB NOT NULL) STRICT")
            try transaction.execute("INSERT INTO filler (content) VALUES (zeroblob($1))", [SQLValue(filler)])
        }
        await other.close()
        for number in 100..<200 {
            file.keep(harness.answer(number, body: Array(repeating: 3, count: 8_000)))
            await harness.written(file)
        }
        let statistics = file.statistics
        #expect(statistics.failures > 0 && (1..<10).contains(statistics.dropped), "\(statistics)")
        #expect(await harness.found(199, in: file) != nil)
        await file.close()
    }

    @Test func whatCannotBeTakenOutGoesWithTheWholeFile() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1))
        file.keep(harness.answer(2, deployment: "e"))
        await harness.written(file)
        let other = try harness.database()
        try await other.write {
            try $0.execute("CREATE TRIGGER no BEFORE UPDATE ON holdings BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        await other.close()
        #expect(try await file.purge(deployments: ["d"]) == ArchiveHolding(entries: 1, bytes: 1))
        #expect(await harness.found(1, in: file) == nil && harness.bytes == nil)
        await file.open()
        file.keep(harness.answer(3))
        await harness.written(file)
        #expect(await harness.found(3, in: file) != nil)
        await file.close()
    }

    @Test func onlyAFileOfOursIsRemoved() async throws {
        let harness = try ArchiveHarness()
        try harness.write(Array(repeating: 65, count: 100))
        try AnswerFile.remove(harness.path)
        #expect(harness.bytes == 100)
        unlink(harness.path)
        await (try await harness.opened()).close()
        try AnswerFile.remove(harness.path)
        #expect(harness.bytes == nil)
        try AnswerFile.remove(harness.path)
    }

    /// The reader hangs: who waits is late, who comes when the queue is full is not kept waiting.
    @Test func whatIsNotReadInTimeIsLateAndTheQueueOfReadsIsBounded() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1))
        await harness.written(file)
        let gate = ThreadGate()
        let reached = Doorbell()
        let database = try #require(file.state.withLock { $0.database })
        await withTaskGroup(of: Void.self) { hanging in
            hanging.addTask {
                _ = try? await database.read { _ in
                    reached.ring()
                    gate.pass()
                }
            }
            await reached.wait()
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<300 { group.addTask { await file.answer(harness.key(1), ageMax: .max) != nil } }
                // Those beyond the queue are told at once.
                for _ in 0..<40 { #expect(await group.next() == false) }
                group.cancelAll()
                for await isFound in group { #expect(!isFound) }
            }
            gate.open()
        }
        #expect(file.statistics.late == 300 && file.statistics.failures == 0)
        await file.close()
    }
}

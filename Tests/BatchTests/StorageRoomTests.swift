import Domain
import HTTP
import JSON
import SQL
import Support
import Synchronization
import Testing

@testable import Batch

/// The bounds on what files and answers take, and what is said of what they refuse.
@Suite(.timeLimit(.minutes(1))) struct StorageRoomTests {
    private static func settings(projectBytesMax: Int) -> BatchSettings {
        var settings = BatchHarness.quick
        settings.projectBytesMax = projectBytesMax
        return settings
    }

    /// Ten kibibytes each.
    private static let large: BatchSources.Call = { _ in
        let text = String(repeating: "x", count: 10_240)
        return BatchLineAnswer(status: 200, body: JSONValue.string(text).encoded(), verdict: .final)
    }

    private static func stored(_ harness: BatchHarness) async throws -> Int {
        try await harness.database.read { try ProjectUsage.of("default", in: $0).bytes }
    }

    @Test func answersStopAtTheBoundOfTheProjectAndWhatWasAnsweredIsKept() async throws {
        let bound = 300_000
        let asked = Atomic<Int>(0)
        let harness = try BatchHarness(settings: Self.settings(projectBytesMax: bound)) { line in
            asked.add(1, ordering: .relaxed)
            return await Self.large(line)
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(100))
            await harness.batchEnded()
            return id
        }
        let batch = try await harness.batch(id)
        #expect(batch["status"] == "completed")
        let (completed, failed) = (
            batch["request_counts"]?["completed"]?.intValue ?? 0, batch["request_counts"]?["failed"]?.intValue ?? 0
        )
        #expect(completed == asked.load(ordering: .relaxed) && completed + failed == 100)
        #expect(completed > 10 && completed < 40)
        // Those that were being asked when it was reached, and a few words for each of the rest.
        #expect(try await Self.stored(harness) < bound + harness.settings.concurrency * 11_000 + failed * 600)
        let good = try await harness.answers(id, isError: false)
        #expect(good.count == completed)
        let refused = try await harness.answers(id, isError: true)
        #expect(Set(refused.map { $0["error"]?["code"]?.stringValue }) == ["storage_limit_reached"])
        #expect(refused.allSatisfy { $0["response"] == .null })
        let all = Set((good + refused).map { $0["custom_id"]?.stringValue })
        #expect(all.count == 100)
        // The batch says it too, once, and names the setting.
        let errors = batch["errors"]?["data"]?.arrayValue ?? []
        #expect(errors.count == 1 && errors[0]["code"] == "storage_limit_reached")
        let message = errors[0]["message"]?.stringValue ?? ""
        #expect(message.contains("\(bound)") && message.contains("batch.project_bytes_max"))
        #expect(harness.room.linesRefused == failed)
    }

    @Test func theNextBatchIsRefusedWhenItIsMadeAndTakenWhenThereIsRoomAgain() async throws {
        let harness = try BatchHarness(settings: Self.settings(projectBytesMax: 200_000), call: Self.large)
        let first = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(40))
            await harness.batchEnded()
            return try await harness.batch(id)
        }
        let file = first["input_file_id"]?.stringValue ?? ""
        let refused = try await harness.create(file)
        #expect(refused.status == 413 && refused.pointers == ["input_file_id"])
        #expect(refused.json["detail"]?.stringValue?.contains("batch.project_bytes_max") == true)
        #expect(harness.room.refused == [.project: 1])
        // Another project has its own room.
        let other = try await harness.store(BatchHarness.file(BatchHarness.lines(1)), project: "other")
        #expect(try await harness.create(other, as: "other").status == 200)
        for member in ["output_file_id", "error_file_id"] {
            let id = first[member]?.stringValue ?? ""
            #expect(try await harness.send(.delete, "/v1/files/\(id)").status == 200)
        }
        let wall = WallClock { harness.clock.now }
        try await BatchRetention(database: harness.database, clock: wall, settings: harness.settings).sweep()
        #expect(try await harness.create(file).status == 200)
    }

    @Test func aBatchWhoseAnswersCannotAllHaveRoomFailsBeforeAnythingIsAsked() async throws {
        let file = BatchHarness.file(BatchHarness.lines(500))
        // Room for some answers, and not for so many, however short.
        let harness = try BatchHarness(settings: Self.settings(projectBytesMax: file.count + 30_000)) { _ in
            Issue.record("nothing is to be asked")
            return BatchLineAnswer(status: 200, body: [], verdict: .final)
        }
        let id = try await harness.store(file)
        let batch = try await harness.running {
            let made = try await harness.create(id)
            #expect(made.status == 200)
            await harness.batchEnded()
            return try await harness.batch(made.json["id"]?.stringValue ?? "")
        }
        #expect(batch["status"] == "failed")
        #expect(batch["errors"]?["data"]?[0]?["code"] == "storage_limit_reached")
        #expect(try await Self.stored(harness) == file.count)
    }

    @Test func aDiskThatIsNearlyFullTakesNothingMoreAndLinesWaitForRoom() async throws {
        let isLow = Atomic<Bool>(false)
        let harness = try BatchHarness { line in
            let isEarly = isLow.load(ordering: .sequentiallyConsistent)
            #expect(!isEarly)
            return await BatchHarness.good(line)
        }
        let file = try await harness.store(BatchHarness.file(BatchHarness.lines(20)))
        let id = try await harness.create(file).json["id"]?.stringValue ?? ""
        harness.disk.freeBytes.withLock { $0 = harness.settings.freeBytesMin - 1 }
        isLow.store(true, ordering: .sequentiallyConsistent)
        let refused = try await harness.create(file)
        #expect(refused.status == 507)
        #expect(refused.json["detail"]?.stringValue?.contains("batch.free_bytes_min") == true)
        #expect(harness.room.refused == [.disk: 1])
        try await harness.running {
            while try await harness.batch(id)["status"] != "in_progress" { await Task.yield() }
            isLow.store(false, ordering: .sequentiallyConsistent)
            harness.disk.freeBytes.withLock { $0 = harness.settings.freeBytesMin }
            await harness.batchEnded()
        }
        #expect(try await harness.batch(id)["request_counts"]?["completed"] == 20)
        #expect(try await harness.create(file).status == 200)
    }

    @Test func whatIsStoredIsSeenAtTheNextLook() async throws {
        let harness = try BatchHarness()
        let watch = StorageWatch(database: harness.database)
        #expect(watch.latest == StorageWatch.Reading())
        _ = try await harness.begin(BatchHarness.lines(3))
        let other = try await harness.store([1, 2, 3], project: "other")
        #expect(other.hasPrefix("file-"))
        try await watch.look()
        let bytes = BatchHarness.file(BatchHarness.lines(3)).count
        #expect(watch.latest == StorageWatch.Reading(bytes: bytes + 3, largestProjectBytes: bytes, unfinished: 1))
    }

    @Test func theFreeSpaceOfADirectoryIsAskedOfTheSystem() throws {
        let directory = try TemporaryDirectory("room")
        #expect((StorageRoom.freeBytes(at: directory.path) ?? 0) > 0)
        #expect(StorageRoom.freeBytes(at: directory.file("nothing")) == nil)
    }
}

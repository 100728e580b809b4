import Glibc
import Support
import Testing

@testable import SQL

/// The log stays short whatever the readers do, and its file gives back what a long read made it take.
@Suite struct LogLengthTests {
    private static let page = String(repeating: "x", count: 3500)
    private static let bound = 40

    private func store() throws -> Store {
        try Store {
            $0.walAutocheckpointPages = Self.bound
            $0.readers = 4
            // Each read ends, but on a busy machine not within what a product can wait.
            $0.readerWaitMilliseconds = 20_000
        }
    }

    @Test func readersThatFollowOneAnotherWithoutAGapDoNotLetTheLogGrow() async throws {
        let store = try store()
        let ends = Tally()
        var longest = 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Always several at once, on all readers: at no moment is the log without one.
            for _ in 0..<12 {
                group.addTask {
                    while ends.count == 0 {
                        _ = try await store.database.read {
                            try $0.first("SELECT sum(length(text)) FROM notes") { try $0.integerOrNull(0) }
                        }
                    }
                }
            }
            for id in 1...1500 {
                try await store.add(id, Self.page)
                longest = max(longest, store.database.statistics.walBytes)
            }
            ends.increment()
            try await group.waitForAll()
        }
        // Past eight times the bound the readers are kept out until it is empty.
        #expect(longest < 24 * Self.bound * 4120, "\(longest)")
        #expect(store.database.statistics.checkpoints > 5)
        #expect(store.database.statistics.walBytes <= 24 * Self.bound * 4120)
        await store.database.close()
    }

    @Test func commandThatHoldsASnapshotLetsTheLogGrowOnlyAsLongAsItDoes() async throws {
        let store = try store()
        try await store.add(0)
        let inspection = try SQLiteInspection(store.options.path)
        try inspection.hold()
        for id in 1...1000 { try await store.add(id, Self.page) }
        let long = try #require(FileSizes.of(store.options.path + "-wal"))
        #expect(long > 900 * 4096, "the snapshot should have held the log up: \(long)")
        inspection.release()
        // Nobody asks for it: the next writes reset the log, and cut its file.
        for id in 2000...2000 + 3 * Self.bound { try await store.add(id, Self.page) }
        let short = try #require(FileSizes.of(store.options.path + "-wal"))
        #expect(short <= 4 * Self.bound * 4120, "\(short)")
        inspection.close()
        await store.database.close()
    }
}

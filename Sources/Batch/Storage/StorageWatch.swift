package import SQL
import Synchronization

/// Looks at what is stored now and then, for those who may not wait for the store.
package final class StorageWatch: Sendable {
    /// What was there at the last look; zero before the first.
    package struct Reading: Sendable, Equatable {
        /// Bytes of all projects' files, lines and answers.
        package var bytes = 0
        /// Bytes of the project that has most.
        package var largestProjectBytes = 0
        /// Batches that are not finished.
        package var unfinished = 0
        /// Of these, what a restore holds.
        package var held = 0
    }

    private let database: any Database
    private let reading = Mutex(Reading())

    /// Between two looks.
    private static let interval = Duration.seconds(15)

    /// - Parameter database: `batch.sqlite`.
    package init(database: any Database) { self.database = database }

    /// What the last look found.
    package var latest: Reading { reading.withLock { $0 } }

    /// Looks until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            // What fails here fails elsewhere too, where it is reported; the last reading stands.
            try? await look()
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// - Throws: `SQLError`.
    func look() async throws {
        let found = try await database.read { connection in
            // A row for each project.
            var reading = try connection.first(
                "SELECT COALESCE(SUM(bytes), 0), COALESCE(MAX(bytes), 0), COALESCE(SUM(unfinished), 0) FROM usage"
            ) { Reading(bytes: try $0.int(0), largestProjectBytes: try $0.int(1), unfinished: try $0.int(2)) }
            reading?.held = try BatchStore.heldCount(in: connection)
            return reading
        }
        if let found { reading.withLock { $0 = found } }
    }
}

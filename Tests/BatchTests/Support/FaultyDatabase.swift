import SQL
import Synchronization

/// A database that fails when it is told to.
final class FaultyDatabase: Database {
    private let database: any Database
    private let state = Mutex((reads: false, writes: false))

    init(_ database: any Database) {
        self.database = database
    }

    func fail(reads: Bool = false, writes: Bool = false) { state.withLock { $0 = (reads, writes) } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> T) async throws -> T {
        if state.withLock({ $0.reads }) { throw SQLError.busy }
        return try await database.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        if state.withLock({ $0.writes }) { throw SQLError.diskFull }
        return try await database.write(body)
    }

    func close() async { await database.close() }
}

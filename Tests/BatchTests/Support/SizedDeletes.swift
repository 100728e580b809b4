import SQL
import Synchronization

/// A database that says of each transaction how many bytes of answers it removed.
final class SizedDeletes: Database {
    private let base: any Database
    private let noted = Mutex<[Int]>([])

    init(_ base: any Database) { self.base = base }

    /// Of the transactions that removed any, in their order.
    var bytes: [Int] { noted.withLock { $0 } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        let (result, bytes) = try await base.write { transaction in
            let before = try Self.sum(transaction)
            let result = try body(transaction)
            return (result, before - (try Self.sum(transaction)))
        }
        if bytes > 0 { noted.withLock { $0.append(bytes) } }
        return result
    }

    func close() async { await base.close() }

    private static func sum(_ connection: any Connection) throws -> Int {
        try connection.first("SELECT COALESCE(SUM(LENGTH(line)), 0) FROM answers") { try $0.int(0) } ?? 0
    }
}

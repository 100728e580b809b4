import SQL
import Support
import Synchronization

/// A database whose writes fail when told to, at the place that is told.
final class FailingDatabase: Database {
    struct Refused: Error {}

    enum Fault: Sendable {
        /// Before the body has run, on the caller's side, as when the queue of the store is full.
        case beforeBody
        /// After the body has run: what a COMMIT that fails looks like from outside.
        case atCommit
        /// The body runs, then waits for the gate between its last statement and COMMIT; `reached` tells that it does.
        case hold(reached: AsyncStream<Void>.Continuation, gate: ThreadGate)
    }

    private let database: any Database
    private let faults = Mutex<[Fault]>([])

    init(_ database: any Database) {
        self.database = database
    }

    /// The next writes meet these, one each, in order of their begin.
    func fail(_ next: Fault...) {
        faults.withLock { $0 += next }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> T) async throws -> T {
        try await database.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        let fault = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        switch fault {
        case nil: return try await database.write(body)
        case .beforeBody: throw Refused()
        case .atCommit:
            return try await database.write { transaction -> T in
                _ = try body(transaction)
                throw Refused()
            }
        case .hold(let reached, let gate):
            return try await database.write { transaction in
                let result = try body(transaction)
                reached.yield()
                gate.pass()
                return result
            }
        }
    }

    func close() async {
        await database.close()
    }
}

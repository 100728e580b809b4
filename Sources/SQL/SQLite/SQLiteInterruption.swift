import CSQLite
import Synchronization

/// Stops the read that a connection is running, from another thread.
final class SQLiteInterruption: Sendable {
    private struct State {
        /// Whether a caller's statements run now, and not the driver's: a BEGIN or ROLLBACK that were stopped would
        /// leave the connection inside a transaction that nobody ends.
        var isArmed = false
        var isRequested = false
    }

    private let state = Mutex(State())
    // sqlite3_interrupt may be called from any thread while the connection is open, which an armed state guarantees.
    private nonisolated(unsafe) let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Whether the caller's statement that runs now is to end. Asked while it runs.
    var stopsStatement: Bool { state.withLock { $0.isArmed && $0.isRequested } }

    /// The flag stops the next statement, sqlite3_interrupt the one that runs. One that is about to begin forgets the
    /// interrupt (sqlite3_step clears it when no other statement runs); it finds the flag as it goes.
    func request() {
        state.withLock { state in
            state.isRequested = true
            if state.isArmed { sqlite3_interrupt(handle) }
        }
    }

    /// Forgets the request that was made of an earlier job.
    func clear() { state.withLock { $0.isRequested = false } }

    /// Runs what a request may stop; throws `CancellationError` when one was made before.
    func during<T>(_ body: () throws -> T) throws -> T {
        try state.withLock { state in
            if state.isRequested { throw CancellationError() }
            state.isArmed = true
        }
        // Under the lock, so that no interrupt is on its way when the driver's next statement begins.
        defer { state.withLock { $0.isArmed = false } }
        return try body()
    }
}

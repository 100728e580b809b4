import CSQLite
import Synchronization

/// Stops the read that a connection is running, from another thread.
final class SQLiteInterruption: Sendable {
    private let requested = Atomic<Bool>(false)
    // sqlite3_interrupt may be called from any thread while the connection is open, which a running job guarantees.
    private nonisolated(unsafe) let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// The flag stops the next statement, sqlite3_interrupt the one that runs.
    func request() {
        requested.store(true, ordering: .releasing)
        sqlite3_interrupt(handle)
    }

    func clear() { requested.store(false, ordering: .releasing) }
}

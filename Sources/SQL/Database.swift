/// The port: one file or server of relational data. Callers wait by suspension; the work runs on the database's own
/// threads, so nothing that awaits here blocks an event loop.
package protocol Database: Sendable {
    /// Runs `body` on a reader, within one snapshot that includes every write acknowledged before the call.
    /// A cancelled task gets `CancellationError`, also in the midst of a long statement.
    func read<T: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> T) async throws -> T

    /// Runs `body` on the one writer between BEGIN IMMEDIATE and COMMIT and returns after COMMIT is durable; what it
    /// throws rolls everything back. Cancellation takes a write out of the queue; one that has begun runs to its end
    /// and tells what became of it.
    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T

    /// Finishes what was accepted, refuses what comes, checkpoints and closes. Calling it again does nothing.
    func close() async
}

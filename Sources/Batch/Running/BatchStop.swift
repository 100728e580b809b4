import Domain
import Synchronization

/// Tells a batch that goes on that it is to end. The first reason holds.
final class BatchStop: Sendable {
    enum Reason: Sendable {
        /// Its status says so already.
        case cancelled
        case expired
    }

    let project: String
    let expiresAt: Timestamp
    private let state = Mutex<Reason?>(nil)
    private let bell = Doorbell()

    init(_ batch: BatchRecord) {
        project = batch.project
        expiresAt = batch.expiresAt
    }

    var reason: Reason? { state.withLock { $0 } }

    func end(_ reason: Reason) {
        state.withLock { if $0 == nil { $0 = reason } }
        bell.ring()
    }

    /// Does `work` until it is told to end, or the task is cancelled; then `work` is, and has ended when this returns.
    /// - Returns: whether the work came to its own end.
    func during(_ work: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        guard reason == nil else { return false }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await work()
                return true
            }
            group.addTask { [bell] in
                await bell.wait()
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}

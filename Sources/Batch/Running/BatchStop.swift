import Domain
import Synchronization

/// Tells a batch that goes on that it is to end. The first reason holds.
final class BatchStop: Sendable {
    enum Reason: Sendable {
        /// Its status says so already.
        case cancelled
        case expired
    }

    private struct State {
        var reason: Reason?
        var isLeaving = false
        /// Of its lanes.
        var bells: [Doorbell] = []
    }

    let project: String
    let expiresAt: Timestamp
    /// When it was given its slot.
    let takenAt: Timestamp
    private let state = Mutex(State())
    private let bell = Doorbell()

    init(project: String, expiresAt: Timestamp, takenAt: Timestamp) {
        self.project = project
        self.expiresAt = expiresAt
        self.takenAt = takenAt
    }

    var reason: Reason? { state.withLock { $0.reason } }

    func end(_ reason: Reason) {
        state.withLock { if $0.reason == nil { $0.reason = reason } }
        bell.ring()
    }

    /// Whether it is to make room for another as soon as what it has begun has ended.
    var isLeaving: Bool { state.withLock { $0.isLeaving } }

    func leave() {
        let bells = state.withLock { state in
            state.isLeaving = true
            return state.bells
        }
        for bell in bells { bell.ring() }
    }

    /// Lanes that are at work.
    var lanes: Int { state.withLock { $0.bells.count } }

    /// Rings when it is to leave; for one lane.
    func laneBell() -> Doorbell {
        let bell = Doorbell()
        state.withLock { $0.bells.append(bell) }
        return bell
    }

    func forget(_ bell: Doorbell) {
        state.withLock { $0.bells.removeAll { $0 === bell } }
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

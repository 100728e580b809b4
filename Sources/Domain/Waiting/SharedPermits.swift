import Synchronization

/// At most so many at once over all who ask, shared out as `PermitShares` says.
package final class SharedPermits: Sendable {
    private struct State {
        var shares: PermitShares
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var lastTicket: UInt64 = 0
    }

    private let state: Mutex<State>

    /// - Parameter count: how many there may be at once; one at least.
    package init(_ count: Int) {
        state = Mutex(State(shares: PermitShares(count)))
    }

    /// - Returns: false when the task was cancelled: there is nothing to release then.
    package func acquire(for claim: PermitShares.Claim) async -> Bool {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    // Asked under the lock that `onCancel` takes too: a cancellation cannot slip between.
                    if Task.isCancelled { return false }
                    if state.shares.enter(claim, ticket: ticket) { return true }
                    state.waiting[ticket] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard state.shares.withdraw(claim, ticket: ticket) else { return nil }
                return state.waiting.removeValue(forKey: ticket)
            }
            waiter?.resume(returning: false)
        }
    }

    /// Gives back what `acquire` gave.
    package func release(_ claim: PermitShares.Claim) {
        let next = state.withLock { state in
            state.shares.leave(claim).flatMap { state.waiting.removeValue(forKey: $0) }
        }
        next?.resume(returning: true)
    }
}

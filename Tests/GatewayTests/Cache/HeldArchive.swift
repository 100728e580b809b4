import Domain
import Synchronization

@testable import Gateway

/// An archive in memory, which says what it was asked, and does not answer before it may.
final class HeldArchive: AnswerArchive {
    private struct State {
        var answers: [[UInt8]: ArchivedAnswer] = [:]
        var asked = 0
        var isHeld = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var cancelled = 0
        var isPurgeHeld = false
        var purge: CheckedContinuation<Void, Never>?
        var milliseconds: Int64 = 1_760_000_000_000
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.answers.count } }
    var asked: Int { state.withLock { $0.asked } }
    var cancelled: Int { state.withLock { $0.cancelled } }

    func advance(seconds: Int64) { state.withLock { $0.milliseconds += seconds * 1_000 } }

    /// Has lookups wait from now on.
    func hold() { state.withLock { $0.isHeld = true } }

    func letGo() {
        let waiters = state.withLock { state in
            state.isHeld = false
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Has the next purge wait, with all answers still there.
    func holdPurge() { state.withLock { $0.isPurgeHeld = true } }

    var isPurging: Bool { state.withLock { $0.purge != nil } }

    func letPurgeGo() {
        let waiter = state.withLock { state in
            state.isPurgeHeld = false
            return state.purge.take()
        }
        waiter?.resume()
    }

    // MARK: AnswerArchive

    func now() -> Timestamp { state.withLock { Timestamp(milliseconds: $0.milliseconds) } }

    func answer(_ key: [UInt8], ageMax: Int) async -> ArchivedAnswer? {
        state.withLock { $0.asked += 1 }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isHeld { state.waiters.append(continuation) }
                return !state.isHeld
            }
            if isFree { continuation.resume() }
        }
        if Task.isCancelled { state.withLock { $0.cancelled += 1 } }
        let now = now()
        return state.withLock { $0.answers[key] }.flatMap { answer in
            let age = Int((now.milliseconds - answer.madeAt.milliseconds) / 1_000)
            return answer.expiresAt > now && age <= ageMax ? answer : nil
        }
    }

    func keep(_ answer: ArchivedAnswer) { state.withLock { $0.answers[answer.key] = answer } }

    func purge(deployments: Set<String>) async throws -> ArchiveHolding {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isPurgeHeld { state.purge = continuation }
                return !state.isPurgeHeld
            }
            if isFree { continuation.resume() }
        }
        return state.withLock { state in
            let before = state.answers.count
            state.answers = state.answers.filter { !deployments.contains($0.value.deploymentID) }
            return ArchiveHolding(entries: before - state.answers.count)
        }
    }

    var holdings: [String: ArchiveHolding] {
        state.withLock { state in
            state.answers.values.reduce(into: [:]) { sums, answer in
                sums[answer.deploymentID, default: ArchiveHolding()].add(
                    ArchiveHolding(entries: 1, bytes: answer.body.count))
            }
        }
    }
}

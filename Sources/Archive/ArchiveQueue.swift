import Domain
import Synchronization

/// Answers that wait to be written: bounded, and never waited for by who keeps something.
final class ArchiveQueue: Sendable {
    private struct State {
        var answers: [ArchivedAnswer] = []
        var bytes = 0
        var dropped = 0
        var isClosed = false
    }

    private static let countMax = 4_096
    private let bytesMax: Int
    private let state = Mutex(State())
    /// Rung when something comes.
    let arrival = Doorbell()

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    var isEmpty: Bool { state.withLock { $0.answers.isEmpty } }
    /// Answers that there was no room for, here or in the file.
    var dropped: Int { state.withLock { $0.dropped } }
    func drop(_ count: Int) { state.withLock { $0.dropped += count } }

    func add(_ answer: ArchivedAnswer) {
        let bytes = AnswerRow.byteCount(answer)
        let isFirst = state.withLock { state in
            guard !state.isClosed, state.answers.count < Self.countMax, state.bytes + bytes <= bytesMax else {
                state.dropped += 1
                return false
            }
            state.answers.append(answer)
            state.bytes += bytes
            return state.answers.count == 1
        }
        if isFirst { arrival.ring() }
    }

    /// The oldest of them: one, or as many as have room in so many bytes.
    func take(bytesMax: Int) -> [ArchivedAnswer] {
        state.withLock { state in
            var bytes = 0
            var count = 0
            while count < state.answers.count {
                let next = AnswerRow.byteCount(state.answers[count])
                guard count == 0 || bytes + next <= bytesMax else { break }
                bytes += next
                count += 1
            }
            let taken = Array(state.answers[..<count])
            state.answers.removeFirst(count)
            state.bytes -= bytes
            return taken
        }
    }

    /// Those of some deployments are not to be written any more, and are not missed.
    func remove(of deployments: Set<String>) {
        let gone = state.withLock { state in
            let gone = state.answers.filter { deployments.contains($0.deploymentID) }
            state.answers.removeAll { deployments.contains($0.deploymentID) }
            state.bytes -= gone.reduce(0) { $0 + AnswerRow.byteCount($1) }
            return gone
        }
        // Freed here, outside of the lock.
        withExtendedLifetime(gone) {}
    }

    /// Nothing is taken in any more.
    func close() { state.withLock { $0.isClosed = true } }
}

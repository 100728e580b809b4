import Reactor
import Synchronization

/// What a deployment's copies may use, and what became of them; it outlives the revisions.
package final class MirrorBudget: DeploymentLedger {
    fileprivate struct State: Sendable {
        var running = 0
        /// When the last copies began, in nanoseconds: a ring of as many as may begin within a minute.
        var begun: [UInt64] = []
        var next = 0
        var counts = [Int](repeating: 0, count: MirrorFate.allCases.count)
    }

    private static let minute: UInt64 = 60_000_000_000

    package let project: String
    package let deployment: String
    private let state = Mutex(State())

    package init(project: String, deployment: String) {
        self.project = project
        self.deployment = deployment
    }

    /// Since the start.
    package var counts: [(fate: MirrorFate, count: Int)] {
        let counts = state.withLock { $0.counts }
        return zip(MirrorFate.allCases, counts).map { (fate: $0, count: $1) }
    }

    /// Copies that are under way.
    package var running: Int { state.withLock { $0.running } }

    func count(_ fate: MirrorFate) {
        state.withLock { $0.count(fate) }
    }

    /// - Returns: whether a copy may begin, whose end is to be told then; if not that is counted.
    func begin(concurrent: Int, perMinute: Int, at now: MonotonicInstant) -> Bool {
        state.withLock { state in
            guard state.running < concurrent else {
                state.count(.concurrency)
                return false
            }
            if state.begun.count != perMinute { state.resize(to: perMinute) }
            let oldest = state.begun[state.next]
            guard oldest == 0 || now.nanoseconds >= oldest + Self.minute else {
                state.count(.rate)
                return false
            }
            state.begun[state.next] = now.nanoseconds
            state.next = (state.next + 1) % perMinute
            state.running += 1
            return true
        }
    }

    func end() {
        state.withLock { $0.running -= 1 }
    }
}

extension MirrorBudget.State {
    fileprivate mutating func count(_ fate: MirrorFate) {
        guard let place = MirrorFate.allCases.firstIndex(of: fate) else { return }
        counts[place] += 1
    }

    /// Another revision allows another number: the last ones that began count for it as well.
    fileprivate mutating func resize(to size: Int) {
        let ordered = Array(begun[next...] + begun[..<next]).filter { $0 > 0 }.suffix(size)
        begun = Array(ordered) + [UInt64](repeating: 0, count: size - ordered.count)
        next = ordered.count % size
    }
}

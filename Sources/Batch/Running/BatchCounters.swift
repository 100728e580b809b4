import Synchronization

/// What the runner has done since the start.
package final class BatchCounters: Sendable {
    private let completedLines = Atomic<Int>(0)
    private let failedLines = Atomic<Int>(0)
    private let repeatedLines = Atomic<Int>(0)
    private let endedBatches = Mutex<[String: Int]>([:])

    init() {}

    /// Lines with an answer of 2xx.
    package var completed: Int { completedLines.load(ordering: .relaxed) }
    /// Lines that went into an error file.
    package var failed: Int { failedLines.load(ordering: .relaxed) }
    /// Times that a line was put off, since a limit or a provider did not let it through.
    package var repeated: Int { repeatedLines.load(ordering: .relaxed) }
    /// Batches by the status that they ended in.
    package var ended: [String: Int] { endedBatches.withLock { $0 } }

    func answered(isError: Bool) {
        if isError { failedLines.add(1, ordering: .relaxed) } else { completedLines.add(1, ordering: .relaxed) }
    }

    func putOff() { repeatedLines.add(1, ordering: .relaxed) }
    func ended(_ status: BatchStatus) { endedBatches.withLock { $0[status.rawValue, default: 0] += 1 } }
}

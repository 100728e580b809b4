import Glibc

/// Ends the writer's turn on its core every few steps of a batch. A batch takes milliseconds, and Linux lets a thread
/// that wakes wait for the end of the turn of the one that computes: without this, one request in a hundred would wait
/// for a batch of outcomes that are nobody's answer.
struct CoreSharing {
    private let stepsPerTurn: Int
    private let isOn: Bool
    private var steps = 0

    /// A batch of so many is the mark of loops that hardly ever sleep: there a turn given away is a turn lost, and the
    /// queue would grow.
    private static let countMax = 2_000

    /// - Parameters:
    ///   - count: of the outcomes in the batch.
    ///   - stepsPerTurn: some fifty microseconds' worth.
    init(count: Int, stepsPerTurn: Int) {
        self.stepsPerTurn = stepsPerTurn
        isOn = count < Self.countMax
    }

    mutating func step() {
        guard isOn else { return }
        steps += 1
        guard steps == stepsPerTurn else { return }
        steps = 0
        sched_yield()
    }
}

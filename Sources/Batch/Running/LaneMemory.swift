import Synchronization

/// What lanes knew whose batches have made room for others: how often a line was asked counts over all of its turns,
/// and what was everybody's trouble is so still.
final class LaneMemory: Sendable {
    /// By the batch's id, and by the model.
    private let lanes = Mutex<[String: [String?: LaneQueue]]>([:])

    func keep(_ queue: LaneQueue, of batch: String, _ model: String?) {
        var queue = queue
        queue.startOver()
        lanes.withLock { [queue] in $0[batch, default: [:]][model] = queue }
    }

    /// What it knew, which is not kept any longer.
    func take(_ batch: String, _ model: String?) -> LaneQueue? {
        lanes.withLock { $0[batch]?.removeValue(forKey: model) }
    }

    /// The batch has ended.
    func forget(_ batch: String) {
        lanes.withLock { _ = $0.removeValue(forKey: batch) }
    }
}

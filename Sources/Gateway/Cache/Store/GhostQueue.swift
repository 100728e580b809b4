import DequeModule

/// The keys of what was evicted lately, the first in the first out. A key is known by one of its words: that two of
/// them share one costs a place in the wrong queue and no more.
struct GhostQueue {
    private var order = Deque<UInt64>()
    private var words = Set<UInt64>()

    var count: Int { words.count }

    mutating func add(_ word: UInt64, countMax: Int) {
        if words.insert(word).inserted { order.append(word) }
        while order.count > countMax, let oldest = order.popFirst() { words.remove(oldest) }
    }

    /// - Returns: whether it was there; it is not any more.
    mutating func take(_ word: UInt64) -> Bool {
        // Its place in the order stays until its turn comes, or until it is evicted again before.
        words.remove(word) != nil
    }
}

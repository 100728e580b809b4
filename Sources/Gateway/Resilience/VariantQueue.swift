/// In which order one inference asks the variants of a deployment: the assigned one, the fallbacks as they are written,
/// and last those that were put off.
struct VariantQueue: Sendable {
    let assigned: Int
    private let fallbacks: [Int]
    /// By the numbers of the variants; nil for all.
    private let allowed: [Bool]?
    /// Place in `fallbacks`; -1 before the assigned one.
    private var place = -1
    private var late: [Int] = []
    private var latePlace = 0
    /// Fallbacks that were asked out of their turn.
    private var taken: [Int] = []

    init(assigned: Int, fallbacks: [Int], allowed: [Bool]? = nil) {
        self.assigned = assigned
        self.fallbacks = fallbacks
        self.allowed = allowed
    }

    mutating func next() -> Int? {
        if place < 0 {
            place = 0
            return assigned
        }
        while place < fallbacks.count {
            let index = fallbacks[place]
            place += 1
            if isFallback(index) { return index }
        }
        guard latePlace < late.count else { return nil }
        latePlace += 1
        return late[latePlace - 1]
    }

    /// The first fallback to come for which `holds`, out of its turn; one that was put off is none.
    mutating func take(where holds: (Int) -> Bool) -> Int? {
        guard place >= 0, place < fallbacks.count else { return nil }
        guard let index = fallbacks[place...].first(where: { isFallback($0) && holds($0) }) else { return nil }
        taken.append(index)
        return index
    }

    /// Whether those come now that were put off.
    var isLastCall: Bool { latePlace > 0 }

    /// To be asked when all others were.
    mutating func putOff(_ index: Int) { late.append(index) }

    var hasMore: Bool { hasMore { _ in true } || latePlace < late.count }

    /// Whether one is to come that was not put off and for which `holds`.
    func hasMore(where holds: (Int) -> Bool) -> Bool {
        if place < 0, holds(assigned) { return true }
        return fallbacks[max(0, min(place, fallbacks.count))...].contains { isFallback($0) && holds($0) }
    }

    /// Where requests may not go they do not go by a detour.
    private func isFallback(_ index: Int) -> Bool {
        index != assigned && allowed?[index] ?? true && !taken.contains(index)
    }
}

/// Which unfinished batches are worked on where there are more than slots: the projects share them evenly, within a
/// project batches take turns, and one that nothing gets through for makes room for one that waits. A value without a
/// clock.
struct BatchSlots: Sendable {
    struct Waiting: Sendable, Equatable {
        /// Ids rise with time.
        let id: String
        let project: String
        /// Nothing of it is asked any more: it needs a slot for a moment.
        var isEnding = false
    }

    struct Active: Sendable {
        let id: String
        let project: String
        /// Whether it would lose nothing but its place.
        var canLeave = false
        var isLeaving = false
        /// Nothing of it is asked any more.
        var isEnding = false
        /// How long nothing has got through in any of its lanes; nil where something may.
        var heldMilliseconds: Int64?
    }

    private let max: Int
    private let projectMax: Int
    private let heldTurnMilliseconds: Int64
    private var turns: UInt64 = 0
    /// When each project was last given a slot, as long as it has batches.
    private var projectTurns: [String: UInt64] = [:]
    /// When unfinished batches have last left a slot.
    private var leftTurns: [String: UInt64] = [:]

    /// Batches that end at once where no slot is free: they wait for nobody, and need one for a moment.
    static let endingMax = 8

    init(_ settings: BatchSettings) {
        max = settings.activeMax
        projectMax = settings.activePerProjectMax
        heldTurnMilliseconds = settings.heldTurnMilliseconds
    }

    /// - Returns: those that begin now, and those that are to leave for others.
    mutating func share(
        _ waiting: [Waiting], active: [Active]
    ) -> (taken: [Waiting], leaving: [String]) {
        var queues = self.queues(waiting)
        let projects = Set(queues.keys).union(active.map(\.project))
        projectTurns = projectTurns.filter { projects.contains($0.key) }
        var counts: [String: Int] = [:]
        for batch in active { counts[batch.project, default: 0] += 1 }
        var taken = takeEnding(&queues, active, &counts)
        while active.count + taken.count < max, let project = next(queues, counts),
            let batch = queues[project]?.popLast()
        {
            turns += 1
            projectTurns[project] = turns
            counts[project, default: 0] += 1
            taken.append(batch)
        }
        let isFull = active.count + taken.count >= max
        return (taken, leaving(for: queues.mapValues(\.count).filter { $0.value > 0 }, active, counts, isFull))
    }

    /// It has made room, and waits again.
    mutating func left(_ id: String) {
        turns += 1
        leftTurns[id] = turns
    }

    /// It waits no more.
    mutating func ended(_ id: String) { leftTurns[id] = nil }

    /// Those that end, whatever is taken: of the projects in turn, and not all at once.
    private func takeEnding(
        _ queues: inout [String: [Waiting]], _ active: [Active], _ counts: inout [String: Int]
    ) -> [Waiting] {
        var ending: [String: Int] = [:]
        for batch in active where batch.isEnding { ending[batch.project, default: 0] += 1 }
        var left = Self.endingMax - ending.values.reduce(0, +)
        var taken: [Waiting] = []
        while left > 0, let project = next(queues.filter { $0.value.last?.isEnding == true }, ending),
            let batch = queues[project]?.popLast()
        {
            left -= 1
            ending[project, default: 0] += 1
            counts[project, default: 0] += 1
            taken.append(batch)
        }
        return taken
    }

    /// The next of each project last.
    private func queues(_ waiting: [Waiting]) -> [String: [Waiting]] {
        Dictionary(grouping: waiting, by: \.project).mapValues { batches in batches.sorted { key($0) > key($1) } }
    }

    private func key(_ batch: Waiting) -> (Int, UInt64, String) {
        (batch.isEnding ? 0 : 1, leftTurns[batch.id] ?? 0, batch.id)
    }

    /// Of the projects that have one waiting and may have another slot, the one with the fewest.
    private func next(_ queues: [String: [Waiting]], _ counts: [String: Int]) -> String? {
        queues.filter { !$0.value.isEmpty && counts[$0.key, default: 0] < projectMax }.keys
            .min { rank($0, queues, counts) < rank($1, queues, counts) }
    }

    private func rank(
        _ project: String, _ queues: [String: [Waiting]], _ counts: [String: Int]
    ) -> (Int, UInt64, String) {
        (counts[project, default: 0], projectTurns[project] ?? 0, queues[project]?.last?.id ?? "")
    }

    private func leaving(
        for waiting: [String: Int], _ active: [Active], _ counts: [String: Int], _ isFull: Bool
    ) -> [String] {
        var (waiting, counts) = (waiting, counts)
        var ids: [String] = []
        // Those that have been told already make room for as many.
        for batch in active where batch.isLeaving { hand(batch.project, &counts, &waiting, isFull) }
        var candidates = Dictionary(grouping: active.filter { $0.canLeave && !$0.isLeaving }, by: \.project)
            .mapValues { $0.sorted { Self.leavesBefore($1, $0) } }
        // From the project that has the most, one by one, as long as somebody has two fewer.
        while isFull, let most = candidates.keys.max(by: { (counts[$0] ?? 0, $0) < (counts[$1] ?? 0, $1) }),
            let heir = heir(of: most, counts, waiting, isFull), (counts[most] ?? 0) > (counts[heir] ?? 0) + 1,
            let batch = candidates[most]?.popLast()
        {
            if candidates[most]?.isEmpty == true { candidates[most] = nil }
            hand(most, &counts, &waiting, isFull)
            ids.append(batch.id)
        }
        let held = candidates.values.joined().filter { ($0.heldMilliseconds ?? -1) >= heldTurnMilliseconds }
        for batch in held.sorted(by: Self.leavesBefore) where heir(of: batch.project, counts, waiting, isFull) != nil {
            hand(batch.project, &counts, &waiting, isFull)
            ids.append(batch.id)
        }
        return ids
    }

    /// Those that were held longest, then the youngest.
    private static func leavesBefore(_ one: Active, _ other: Active) -> Bool {
        (one.heldMilliseconds ?? -1, one.id) > (other.heldMilliseconds ?? -1, other.id)
    }

    /// Which project would get a slot that this one leaves: only itself, where slots are free and its own share is
    /// what it lacks.
    private func heir(
        of project: String, _ counts: [String: Int], _ waiting: [String: Int], _ isFull: Bool
    ) -> String? {
        waiting.keys.filter { $0 == project || isFull && (counts[$0] ?? 0) < projectMax }
            .min { (counts[$0] ?? 0, $0) < (counts[$1] ?? 0, $1) }
    }

    private func hand(
        _ project: String, _ counts: inout [String: Int], _ waiting: inout [String: Int], _ isFull: Bool
    ) {
        guard let heir = heir(of: project, counts, waiting, isFull) else { return }
        counts[project, default: 0] -= 1
        counts[heir, default: 0] += 1
        waiting[heir] = (waiting[heir] ?? 0) > 1 ? (waiting[heir] ?? 0) - 1 : nil
    }
}

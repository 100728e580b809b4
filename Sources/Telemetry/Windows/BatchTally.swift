import Domain

/// What a batch adds to windows and counters, counted once at the finest level: a batch has thousands of outcomes and
/// touches few windows.
struct BatchTally: Sendable {
    struct Entry: Sendable {
        let arm: Arm
        /// Whether windows count it; counters for scraping do.
        let isCounted: Bool
        /// Unix milliseconds, a multiple of the finest level.
        let start: Int64
        var totals = WindowTotals()
        var buckets = LatencyBuckets()
    }

    private struct Key: Hashable {
        let arm: Int64
        let start: Int64
    }

    private(set) var entries: [Entry] = []
    private var places: [Key: Int] = [:]
    /// Where the last outcome was counted: the next one mostly belongs there too.
    private var last = -1

    mutating func add(_ outcome: Outcome, _ profile: Profile) {
        guard profile.key.origin == .traffic else { return }
        let start = WindowSpan.floor(outcome.createdAt.milliseconds, WindowKey.levels[0])
        let place = self.place(profile, start)
        entries[place].totals.add(outcome)
        if outcome.status == .ok, outcome.cache != .hit {
            entries[place].buckets.add(milliseconds: outcome.latencyMilliseconds)
        }
    }

    private mutating func place(_ profile: Profile, _ start: Int64) -> Int {
        if last >= 0, entries[last].arm === profile.arm, entries[last].start == start { return last }
        let key = Key(arm: profile.arm.id, start: start)
        last = places[key] ?? entries.count
        if last == entries.count {
            places[key] = last
            entries.append(Entry(arm: profile.arm, isCounted: profile.isCounted, start: start))
        }
        return last
    }
}

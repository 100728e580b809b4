import SQL

/// The windows that outcomes still fall into, kept so that a batch need not read back what the batch before wrote. The
/// file is the truth: what is not here is read from it.
struct OpenWindows {
    static let countMax = 4_096
    /// How long after its end a window is kept, in milliseconds: inferences are counted where they began, and most take
    /// less. One that took longer has its window read back.
    static let graceMilliseconds: Int64 = 60_000

    private var totals: [WindowKey: WindowTotals] = [:]
    /// The start of the newest window of the batch before, by which the past was forgotten.
    private var newest = Int64.min

    var count: Int { totals.count }

    mutating func forgetAll() {
        totals = [:]
    }

    /// Counts a batch at all levels and writes each window that it touched once.
    mutating func add(_ tally: BatchTally, in transaction: any Transaction) throws {
        var touched = Set<WindowKey>()
        for entry in tally.entries where entry.isCounted {
            for level in WindowKey.levels {
                let key = WindowKey(arm: entry.arm.id, level: level, start: WindowSpan.floor(entry.start, level))
                touched.insert(key)
                if totals[key] == nil { totals[key] = try WindowStore.find(key, in: transaction) ?? WindowTotals() }
                totals[key]?.merge(entry.totals)
            }
        }
        try WindowStore.write(touched.compactMap { key in totals[key].map { (key, $0) } }, in: transaction)
        if let start = tally.entries.lazy.map(\.start).max(), start != newest { forgetPast(start) }
        if totals.count > Self.countMax { forgetOldest() }
    }

    /// Without this, memory would grow with time until the bound.
    private mutating func forgetPast(_ start: Int64) {
        newest = start
        totals = totals.filter { $0.key.start + $0.key.level + Self.graceMilliseconds > start }
    }

    /// Time goes on, so the windows that began first are the least likely to be touched again.
    private mutating func forgetOldest() {
        let keep = totals.keys.sorted { $0.start + $0.level > $1.start + $1.level }.prefix(Self.countMax / 2)
        totals = Dictionary(uniqueKeysWithValues: keep.compactMap { key in totals[key].map { (key, $0) } })
    }
}

import SQL

/// The windows that outcomes still fall into, kept so that a batch need not read back what the batch before wrote. The
/// file is the truth: what is not here is read from it.
struct OpenWindows {
    private struct Entry {
        var totals: WindowTotals
        /// The start of the newest window of the batch that was last counted in this one, Unix milliseconds.
        var touched: Int64
    }

    static let countMax = 4_096
    /// How long a window is kept that nothing is counted in, in milliseconds. The hour of a revision that was replaced
    /// would else be kept until the hour ends, and of those there can be many.
    static let graceMilliseconds: Int64 = 60_000

    private var entries: [WindowKey: Entry] = [:]
    /// The start of the newest window of the batch before, by which the past was forgotten.
    private var newest = Int64.min

    var count: Int { entries.count }

    mutating func forgetAll() {
        entries = [:]
    }

    /// Counts a batch at all levels and writes each window that it touched once.
    mutating func add(_ tally: BatchTally, in transaction: any Transaction) throws {
        guard let start = tally.entries.lazy.map(\.start).max() else { return }
        var touched = Set<WindowKey>()
        for entry in tally.entries where entry.isCounted {
            for level in WindowKey.levels {
                let key = WindowKey(arm: entry.arm.id, level: level, start: WindowSpan.floor(entry.start, level))
                if touched.insert(key).inserted { try open(key, at: start, in: transaction) }
                entries[key]?.totals.merge(entry.totals)
            }
        }
        try WindowStore.write(touched.compactMap { key in entries[key].map { (key, $0.totals) } }, in: transaction)
        if start != newest { forgetPast(start) }
        if entries.count > Self.countMax { forgetOldest() }
    }

    private mutating func open(_ key: WindowKey, at start: Int64, in transaction: any Transaction) throws {
        guard entries[key] == nil else {
            entries[key]?.touched = start
            return
        }
        let totals = try WindowStore.find(key, in: transaction) ?? WindowTotals()
        entries[key] = Entry(totals: totals, touched: start)
    }

    /// Without this, memory would grow with time until the bound.
    private mutating func forgetPast(_ start: Int64) {
        newest = start
        entries = entries.filter { $0.value.touched + Self.graceMilliseconds > start }
    }

    /// Time goes on, so the windows that began first are the least likely to be touched again.
    private mutating func forgetOldest() {
        let keep = entries.keys.sorted { $0.start + $0.level > $1.start + $1.level }.prefix(Self.countMax / 2)
        entries = Dictionary(uniqueKeysWithValues: keep.compactMap { key in entries[key].map { (key, $0) } })
    }
}

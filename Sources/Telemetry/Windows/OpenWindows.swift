import SQL

/// The windows that outcomes still fall into, kept so that a batch need not read back what the batch before wrote. The
/// file is the truth: what is not here is read from it.
struct OpenWindows {
    static let countMax = 4_096
    private var totals: [WindowKey: WindowTotals] = [:]

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
        if totals.count > Self.countMax { forgetOldest() }
    }

    /// Time goes on, so the windows that began first are the least likely to be touched again.
    private mutating func forgetOldest() {
        let keep = totals.keys.sorted { $0.start + $0.level > $1.start + $1.level }.prefix(Self.countMax / 2)
        totals = Dictionary(uniqueKeysWithValues: keep.compactMap { key in totals[key].map { (key, $0) } })
    }
}

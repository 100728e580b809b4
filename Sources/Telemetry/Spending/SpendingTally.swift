import Domain

/// What a batch adds to the ledger of what was spent.
struct SpendingTally: Sendable {
    struct Key: Hashable, Sendable {
        /// Since 1970-01-01, UTC.
        let day: Int64
        let project: String
        let deployment: String
        let key: String
    }

    struct Sum: Sendable {
        var microUSD: Int64 = 0
        var inferences: Int64 = 0
    }

    private(set) var sums: [(key: Key, sum: Sum)] = []
    /// When the first of them began; nil where there is none.
    private(set) var first: Timestamp?
    private var places: [Key: Int] = [:]
    /// Where the last outcome was counted: the next one mostly belongs there too.
    private var last = -1

    mutating func add(_ outcome: Outcome) {
        // What the monitor and shadows cost is nobody's who called.
        guard let charge = outcome.chargeMicroUSD, outcome.origin != .probe, outcome.origin != .mirror else { return }
        let day = BudgetPeriod.day(of: outcome.createdAt.milliseconds)
        if last < 0 || !Self.isSame(sums[last].key, outcome, day) {
            let key = Key(
                day: day, project: outcome.project, deployment: outcome.deploymentID, key: outcome.keyID)
            last = places[key] ?? sums.count
            if last == sums.count {
                places[key] = last
                sums.append((key, Sum()))
            }
        }
        if first.map({ outcome.createdAt < $0 }) ?? true { first = outcome.createdAt }
        let (sum, overflow) = sums[last].sum.microUSD.addingReportingOverflow(charge)
        sums[last].sum.microUSD = overflow ? .max : sum
        sums[last].sum.inferences += 1
    }

    private static func isSame(_ key: Key, _ outcome: Outcome, _ day: Int64) -> Bool {
        key.day == day && key.key == outcome.keyID && key.deployment == outcome.deploymentID
            && key.project == outcome.project
    }
}

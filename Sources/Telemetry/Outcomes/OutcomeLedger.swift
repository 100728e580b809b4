import Domain
import SQL

/// What the writer knows of the file so that a batch need not ask it: profiles, open windows, the open zone. The file
/// is the truth; when a transaction comes to nothing, all of this is forgotten and read again.
struct OutcomeLedger {
    private var profiles = ProfileTable()
    private var windows = OpenWindows()
    private var zone: Zone?
    private var next: Int64 = 0
    /// Kept for its room.
    private var storables: [StorableOutcome] = []

    /// What became of a batch.
    struct Written {
        var tally = BatchTally()
        var aside: [UnwritableOutcome] = []
        var bodies = BodyTally()
        var spending = SpendingTally()
    }

    mutating func forgetAll() {
        profiles.forgetAll()
        windows.forgetAll()
        zone = nil
        storables = []
    }

    /// Writes a batch, all but what can never be written.
    mutating func write(_ batch: OutcomeBatch, in transaction: any Transaction) throws -> Written {
        var written = Written()
        if zone == nil {
            let open = try ZoneStore.open(in: transaction)
            zone = open.zone
            next = open.next
        }
        let outcomes = batch.outcomes
        // Any outcome's time will do: it is minutes that count.
        if let last = outcomes.last { profiles.age(to: last.createdAt.milliseconds) }
        storables.removeAll(keepingCapacity: true)
        var sharing = CoreSharing(count: outcomes.count, stepsPerTurn: Self.lightSteps)
        for index in outcomes.indices {
            sharing.step()
            do {
                storables.append(
                    try StorableOutcome(outcomes[index], at: index, profiles: &profiles, in: transaction))
            } catch let fault as UnwritableOutcome {
                written.aside.append(fault)
            } catch let fault as SQLError where fault.refusesValues {
                written.aside.append(UnwritableOutcome(id: outcomes[index].id.text, reason: "\(fault)"))
            }
        }
        let first = next
        try insert(outcomes, &written, in: transaction)
        for (offset, storable) in storables.enumerated() {
            sharing.step()
            let outcome = outcomes[storable.index]
            written.tally.add(outcome, storable.profile)
            written.spending.add(outcome)
            if outcome.bodies != nil {
                try BodyStore.insert(outcome, seq: first + Int64(offset), &written.bodies, in: transaction)
            }
        }
        try windows.add(written.tally, in: transaction)
        try SpendingStore.add(written.spending, in: transaction)
        return written
    }

    /// See `CoreSharing`: what only computes, and what writes a row.
    private static let lightSteps = 64
    private static let rowSteps = 16

    /// - Postcondition: `storables` are those that are in the file.
    private mutating func insert(
        _ outcomes: [Outcome], _ written: inout Written, in transaction: any Transaction
    ) throws {
        var sharing = CoreSharing(count: outcomes.count, stepsPerTurn: Self.rowSteps)
        var done = 0
        while done < storables.count {
            let begin = done
            var at = begin
            do {
                try transaction.executeMany(OutcomeRow.insertion, count: storables.count - begin) { row, index in
                    at = begin + index
                    sharing.step()
                    let storable = storables[at]
                    OutcomeRow.bind(outcomes[storable.index], storable, seq: next + Int64(index), to: row)
                }
                try count(storables[begin...], of: outcomes, in: transaction)
                done = storables.count
            } catch let fault as SQLError where fault.refusesValues {
                // Those before it stand: only the statement was undone.
                try count(storables[begin..<at], of: outcomes, in: transaction)
                let refused = storables.remove(at: at)
                written.aside.append(
                    UnwritableOutcome(id: outcomes[refused.index].id.text, reason: "\(fault)"))
                done = at
            }
        }
    }

    /// Counts rows that were written in the open zone, and writes the zones that are full.
    private mutating func count(
        _ rows: ArraySlice<StorableOutcome>, of outcomes: [Outcome], in transaction: any Transaction
    ) throws {
        var sharing = CoreSharing(count: outcomes.count, stepsPerTurn: Self.lightSteps)
        for row in rows {
            sharing.step()
            zone?.count(outcomes[row.index], row)
            next += 1
            guard next % Zone.rowCount == 0, let full = zone else { continue }
            try ZoneStore.write(full, in: transaction)
            zone = Zone(number: Zone.number(of: next))
        }
    }
}

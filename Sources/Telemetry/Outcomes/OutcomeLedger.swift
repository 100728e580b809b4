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
        storables.removeAll(keepingCapacity: true)
        var sharing = CoreSharing(count: batch.outcomes.count, stepsPerTurn: Self.lightSteps)
        for index in batch.outcomes.indices {
            sharing.step()
            do {
                let outcome = batch.outcomes[index]
                storables.append(try StorableOutcome(outcome, at: index, profiles: &profiles, in: transaction))
            } catch let fault as UnwritableOutcome {
                written.aside.append(fault)
            } catch let fault as SQLError where fault.refusesValues {
                written.aside.append(UnwritableOutcome(id: batch.outcomes[index].id, reason: "\(fault)"))
            }
        }
        try insert(batch, &written, in: transaction)
        for storable in storables {
            sharing.step()
            written.tally.add(batch.outcomes[storable.index], storable.profile)
        }
        try windows.add(written.tally, in: transaction)
        return written
    }

    /// See `CoreSharing`: what only computes, and what writes a row.
    private static let lightSteps = 64
    private static let rowSteps = 16

    /// - Postcondition: `storables` are those that are in the file.
    private mutating func insert(
        _ batch: OutcomeBatch, _ written: inout Written, in transaction: any Transaction
    ) throws {
        var sharing = CoreSharing(count: batch.outcomes.count, stepsPerTurn: Self.rowSteps)
        var done = 0
        while done < storables.count {
            let begin = done
            var at = begin
            do {
                try transaction.executeMany(OutcomeRow.insertion, count: storables.count - begin) { row, index in
                    at = begin + index
                    sharing.step()
                    let storable = storables[at]
                    OutcomeRow.bind(batch.outcomes[storable.index], storable, seq: next + Int64(index), to: row)
                }
                try count(storables[begin...], of: batch, in: transaction)
                done = storables.count
            } catch let fault as SQLError where fault.refusesValues {
                // Those before it stand: only the statement was undone.
                try count(storables[begin..<at], of: batch, in: transaction)
                let refused = storables.remove(at: at)
                written.aside.append(
                    UnwritableOutcome(id: batch.outcomes[refused.index].id, reason: "\(fault)"))
                done = at
            }
        }
    }

    /// Counts rows that were written in the open zone, and writes the zones that are full.
    private mutating func count(
        _ rows: ArraySlice<StorableOutcome>, of batch: OutcomeBatch, in transaction: any Transaction
    ) throws {
        var sharing = CoreSharing(count: batch.outcomes.count, stepsPerTurn: Self.lightSteps)
        for row in rows {
            sharing.step()
            let outcome = batch.outcomes[row.index]
            zone?.count(profile: row.profile.id, createdAt: outcome.createdAt.milliseconds, id: row.id)
            zone?.insert(ZoneTerm(unit: outcome.unit))
            zone?.insert(ZoneTerm(request: outcome.requestID))
            for slice in outcome.slices { zone?.insert(ZoneTerm(slice: slice.name, slice.value)) }
            next += 1
            guard next % Zone.rowCount == 0, let full = zone else { continue }
            try ZoneStore.write(full, in: transaction)
            zone = Zone(number: Zone.number(of: next))
        }
    }
}

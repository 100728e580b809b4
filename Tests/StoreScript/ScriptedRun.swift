import SQL

/// One passage of the script over a store that may fail at any point, and what its caller was told.
package struct ScriptedRun: Sendable {
    package private(set) var acknowledgedDeeds: Set<String> = []
    package private(set) var refusedDeeds: Set<String> = []
    package private(set) var acknowledgedBatches: Set<Int> = []
    package private(set) var refusedBatches: Set<Int> = []
    /// What was seen that must never be, for people.
    package private(set) var faults: [String] = []

    package init() {}

    package var refusals: Int { refusedDeeds.count + refusedBatches.count }

    /// - Parameters:
    ///   - label: makes the names of this passage its own; 0 to 999.
    ///   - acknowledged: called after every acknowledgement with the file that it was about: `control` or `telemetry`.
    package mutating func pass(
        _ label: Int, over store: ScriptedStore, acknowledged: (_ file: String) -> Void = { _ in }
    ) async {
        for number in 1...4 {
            let name = "m\(label)-\(String(repeating: "x", count: number))"
            do {
                _ = try await store.deed(name)
                acknowledgedDeeds.insert(name)
                acknowledged("control")
            } catch {
                refusedDeeds.insert(name)
            }
            if number % 2 == 0 { await batch(label * 10 + number, store, acknowledged) }
            if number == 3 { try? await store.control.checkpoint() }
            // In the midst of it nothing refused is to be seen, and nothing acknowledged is missing. The read may fail.
            guard number % 2 == 0 else { continue }
            if let seen = try? await store.findings(isThorough: false) { compare(seen, isReopened: false, at: name) }
        }
    }

    private mutating func batch(
        _ number: Int, _ store: ScriptedStore, _ acknowledged: (_ file: String) -> Void
    ) async {
        do {
            try await store.batch(number)
            acknowledgedBatches.insert(number)
            acknowledged("telemetry")
        } catch {
            refusedBatches.insert(number)
        }
    }

    /// With the fault gone, everything that was refused is sent again, as a client would, and has to be done then.
    package mutating func sendAgain(to store: ScriptedStore) async {
        for name in refusedDeeds.sorted() {
            do {
                _ = try await store.deed(name)
                acknowledgedDeeds.insert(name)
                refusedDeeds.remove(name)
            } catch {
                faults.append("\(name) is refused after the fault has gone: \(error)")
            }
        }
        for number in refusedBatches.sorted() {
            do {
                try await store.batch(number)
                acknowledgedBatches.insert(number)
                refusedBatches.remove(number)
            } catch {
                faults.append("batch \(number) is refused after the fault has gone: \(error)")
            }
        }
    }

    /// Holds what is in the files against what was told. A write that was refused may yet be found whole after a
    /// restart, since the answer was that nobody knows it to be safe; never while the process lives on.
    package mutating func compare(_ found: ScriptedStore.Findings, isReopened: Bool, at moment: String) {
        for fault in found.faults { faults.append("\(moment): \(fault)") }
        let lost = acknowledgedDeeds.subtracting(found.deeds).sorted()
        let lostBatches = acknowledgedBatches.subtracting(found.batches).sorted()
        if !lost.isEmpty { faults.append("\(moment): acknowledged and lost: \(lost)") }
        if !lostBatches.isEmpty { faults.append("\(moment): batches acknowledged and lost: \(lostBatches)") }
        let extra = found.deeds.subtracting(acknowledgedDeeds).subtracting(isReopened ? refusedDeeds : []).sorted()
        let batchesAllowed = acknowledgedBatches.union(isReopened ? refusedBatches : [])
        let extraBatches = found.batches.subtracting(batchesAllowed).sorted()
        if !extra.isEmpty { faults.append("\(moment): refused and done: \(extra)") }
        if !extraBatches.isEmpty { faults.append("\(moment): batches refused and done: \(extraBatches)") }
    }
}

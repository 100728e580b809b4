import REST
import SQL
import Support

extension ScriptedStore {
    /// What is in the files, with what must never be there named in `faults`.
    package struct Findings: Sendable {
        package var deeds: Set<String> = []
        package var batches: Set<Int> = []
        package var faults: [String] = []
    }

    /// Reads everything; with `isThorough` also both files for damage.
    package func findings(isThorough: Bool) async throws -> Findings {
        var findings = try await control.read { try Self.deeds(in: $0) }
        let (batches, halves) = try await telemetry.read { try Self.batches(in: $0) }
        findings.batches = batches
        findings.faults += halves
        if isThorough {
            findings.faults += try await control.integrityCheck() + telemetry.integrityCheck()
        }
        return findings
    }

    /// A deed is its row, its audit entry and its idempotency record, each exactly once, or none of them.
    private static func deeds(in connection: any Connection) throws -> Findings {
        let names = try connection.query("SELECT name FROM models") { try $0.text(0) }
        let audited = try connection.query("SELECT resource FROM audit") { String(try $0.text(0).dropFirst(7)) }
        let remembered = try connection.query("SELECT key FROM idempotency") { try $0.text(0) }
        var findings = Findings(deeds: Set(names))
        for (list, what) in [(names, "rows"), (audited, "audit entries"), (remembered, "idempotency records")] {
            if list.count != findings.deeds.count { findings.faults.append("\(list.count) \(what)") }
            let missing = findings.deeds.symmetricDifference(list).sorted()
            if !missing.isEmpty { findings.faults.append("\(what) do not fit: \(missing)") }
        }
        findings.faults += try chainFaults(in: connection)
        return findings
    }

    private static func chainFaults(in connection: any Connection) throws -> [String] {
        var previous = ""
        var faults: [String] = []
        let entries = try connection.query(
            """
            SELECT sequence, hash, at, project_id, actor, action, resource, outcome, before, after, request_id, address
            FROM audit ORDER BY sequence
            """
        ) { row in
            (
                sequence: try row.integer(0), hash: try row.text(1),
                parts: [String(try row.integer(2))] + (try (3...11).map { try row.text($0) })
            )
        }
        for (index, entry) in entries.enumerated() {
            let hash = AuditLog.hash(
                ControlPlaneHarness.digest, previous: previous, sequence: entry.sequence, parts: entry.parts)
            if hash != entry.hash || entry.sequence != Int64(index + 1) {
                faults.append("the audit chain breaks at \(entry.sequence)")
            }
            previous = entry.hash
        }
        return faults
    }

    private static func batches(in connection: any Connection) throws -> (Set<Int>, [String]) {
        let counted = try connection.query("SELECT batch, count(*) FROM rows GROUP BY batch") {
            (try $0.int(0), try $0.int(1))
        }
        let totals = try connection.query("SELECT batch FROM totals") { try $0.int(0) }
        var faults = counted.filter { $0.1 != batchRows }.map { "batch \($0.0) has \($0.1) rows" }
        if Set(totals) != Set(counted.map(\.0)) { faults.append("totals \(totals) for \(counted)") }
        return (Set(totals), faults)
    }
}

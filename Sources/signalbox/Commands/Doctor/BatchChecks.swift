/// Batches that wait for somebody to decide on them since a restore.
struct BatchChecks {
    let batches: RestoredBatches

    private static let shownMax = 10
    private static let remedy =
        "POST /v1/batches/{id}/resume asks their requests, of which some may have been answered and paid for after the "
        + "backup was made; POST /v1/batches/{id}/cancel ends them with the answers that they have"

    func findings() -> [Finding] {
        // Where the file cannot be read, the checks before have said so.
        guard let held = try? batches.held() else { return [] }
        var findings: [Finding] = []
        switch batches.due {
        case .hold?:
            findings.append(
                .warning(
                    "batches", "those that a restore has found under way are held from the next start on",
                    do: "start the server, then resume or cancel each; "
                        + "`signalbox restore --resume-batches` lets them go on"))
        case .resume?:
            return [.ok("batches", "those that a restore has found under way, or held, go on at the next start")]
        case nil: break
        }
        if !held.isEmpty {
            let names = held.prefix(Self.shownMax).map(\.text).joined(separator: ", ")
            let more = held.count > Self.shownMax ? ", and \(held.count - Self.shownMax) more" : ""
            findings.append(.warning("batches", "held since a restore: \(names)\(more)", do: Self.remedy))
        }
        return findings.isEmpty ? [.ok("batches", "none is held")] : findings
    }
}

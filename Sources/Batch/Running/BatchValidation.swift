import Domain
import SQL

/// Reads a batch's file to its end: either every line of it is in order, and the batch goes on, or none is asked.
struct BatchValidation: Sendable {
    let database: any Database
    let clock: WallClock
    let settings: BatchSettings
    let room: StorageRoom
    let sources: BatchSources

    /// As many as a person reads; then the rest of the file is not looked at.
    static let faultsMax = 100
    private static let linesPerWrite = 1_000
    private static let chunksPerRead = 16

    /// What has been found so far.
    private struct Findings {
        var faults: [LineFault] = []
        var lines: [BatchLine] = []
        var total = 0
        /// Where each identity stood first, by its bytes: two that only look alike are two.
        var numbers: [[UInt8]: Int] = [:]
        /// Where each model stood first.
        var models: [String: Int] = [:]
    }

    /// - Throws: `SQLError`, `CancellationError`: then it begins anew the next time.
    func run(_ batch: BatchRecord) async throws {
        let rules = LineRules(endpoint: batch.endpoint, bodyBytesMax: settings.bodyBytesMax)
        try await LineStore.removeLines(of: batch.id, from: database)
        var findings = Findings()
        var splitter = LineSplitter(bytesMax: rules.lineBytesMax)
        var number = 0
        while findings.faults.count < Self.faultsMax, findings.total <= settings.linesMax {
            try Task.checkCancellation()
            let first = number
            let chunks = try await database.read { connection in
                try FileStore.chunks(of: batch.inputFileID, from: first, count: Self.chunksPerRead, in: connection)
            }
            for chunk in chunks { splitter.feed(chunk) { note($0, rules, &findings) } }
            if chunks.isEmpty { splitter.finish { note($0, rules, &findings) } }
            if findings.lines.count >= Self.linesPerWrite || chunks.isEmpty { try await write(&findings, batch) }
            guard !chunks.isEmpty else { break }
            number += chunks.count
        }
        try await look(for: findings.models, of: batch, &findings)
        try await end(batch, findings)
    }

    /// A name that is wrong is told before anything is asked. One that is right now may be gone later: then its lines
    /// wait for it.
    private func look(for models: [String: Int], of batch: BatchRecord, _ findings: inout Findings) async throws {
        // Else its lines are refused one by one.
        guard let principal = sources.principal(batch.keyID), principal.project == batch.project else { return }
        for (model, number) in models.sorted(by: { $0.value < $1.value }) {
            guard findings.faults.count < Self.faultsMax else { break }
            if try await sources.serves(model, principal) { continue }
            findings.faults.append(
                LineFault(
                    "model_not_found", "The model `\(model)` does not exist or you do not have access to it.",
                    param: "body.model", line: number))
        }
        findings.faults.sort { ($0.line ?? .max) < ($1.line ?? .max) }
    }

    private func note(_ event: LineSplitter.Event, _ rules: LineRules, _ findings: inout Findings) {
        guard findings.faults.count < Self.faultsMax, findings.total <= settings.linesMax else { return }
        findings.total += 1
        do throws(LineFault) {
            switch event {
            case .tooLong(let number): throw rules.tooLong(number)
            case .line(let number, let start, let bytes):
                let line = try rules.line(bytes, number: number, start: start)
                if let former = findings.numbers.updateValue(number, forKey: Array(line.customID.utf8)) {
                    throw LineFault(
                        "duplicate_custom_id", "The custom_id of this line is that of line \(former).",
                        param: "custom_id", line: number)
                }
                guard findings.total <= settings.linesMax else {
                    throw LineFault("too_many_tasks", "A batch has no more than \(settings.linesMax) requests.")
                }
                if findings.models[line.model] == nil { findings.models[line.model] = number }
                findings.lines.append(line)
            }
        } catch {
            findings.faults.append(error)
        }
    }

    private func write(_ findings: inout Findings, _ batch: BatchRecord) async throws {
        let lines = findings.lines
        findings.lines = []
        guard findings.faults.isEmpty, !lines.isEmpty else { return }
        for start in stride(from: 0, to: lines.count, by: Self.linesPerWrite) {
            let part = Array(lines[start..<min(start + Self.linesPerWrite, lines.count)])
            try await database.write { try LineStore.insert(part, batch: batch.id, in: $0) }
        }
    }

    private func end(_ batch: BatchRecord, _ findings: Findings) async throws {
        let now = clock.now()
        var faults = findings.faults
        if findings.total == 0 { faults = [LineFault("empty_file", "The file has no requests.")] }
        let (found, total) = (faults, findings.total)
        guard found.isEmpty else { return try await fail(batch, found, at: now) }
        let fault = try await database.write { [room] transaction -> LineFault? in
            if let fault = try room.fault(batch.project, lines: total, in: transaction) { return fault }
            _ = try BatchStore.validated(batch.id, total: total, at: now, in: transaction)
            return nil
        }
        if let fault { try await fail(batch, [fault], at: now) }
    }

    private func fail(_ batch: BatchRecord, _ faults: [LineFault], at now: Timestamp) async throws {
        try await LineStore.removeLines(of: batch.id, from: database)
        try await database.write { try BatchStore.fail(batch.id, faults, at: now, in: $0) }
    }
}

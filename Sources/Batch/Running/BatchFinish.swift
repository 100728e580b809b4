import Domain
import SQL

/// The end of a batch whose lines are not asked any more: each that has no answer gets its place in the error file, and
/// the answers become files.
struct BatchFinish: Sendable {
    let database: any Database
    let clock: WallClock
    let identifiers: IdentifierGenerator
    let counters: BatchCounters
    /// What kept its lines waiting.
    var held: [LaneHold] = []

    private static let linesPerWrite = 256

    /// Ends also where an earlier process has ended in the midst of it.
    func run(_ batch: BatchRecord) async throws {
        if batch.moments[.inProgress] == nil {
            // What its validation has found so far is not what the file holds.
            try await LineStore.removeLines(of: batch.id, from: database)
        }
        try await markUnasked(batch)
        // Before its end and not with it, which then is a few rows: each line has its answer, and is found no more.
        try await LineStore.removeLines(of: batch.id, from: database)
        let now = clock.now()
        let status = try await database.write { [identifiers] transaction -> BatchStatus? in
            guard let batch = try BatchStore.find(batch.id, in: transaction) else { return nil }
            let end: BatchStatus
            switch batch.status {
            case .cancelling: end = .cancelled
            case .finalizing: end = batch.isExpired ? .expired : .completed
            default: return nil
            }
            func file(_ count: Int, _ bytes: Int, isError: Bool) throws -> String? {
                guard count > 0 else { return nil }
                let file = StoredFile(
                    id: StoredFile.prefix + identifiers.next(), project: batch.project, purpose: .batchOutput,
                    filename: batch.id + (isError ? "_error.jsonl" : "_output.jsonl"), bytes: bytes,
                    batchID: batch.id, isError: isError, createdAt: now,
                    expiresAt: batch.outputExpiresSeconds.map { now.advanced(byMilliseconds: Int64($0) * 1_000) })
                try FileStore.add(file, by: "key:\(batch.keyID)", in: transaction)
                return file.id
            }
            try BatchStore.finish(
                batch, as: end, outputFileID: try file(batch.completed, batch.outputBytes, isError: false),
                errorFileID: try file(batch.failed, batch.errorBytes, isError: true), at: now, in: transaction)
            return end
        }
        if let status { counters.ended(status) }
    }

    /// Once along the lines: those that were looked at are not looked at again.
    private func markUnasked(_ batch: BatchRecord) async throws {
        let isCancelled = batch.status == .cancelling
        let code = isCancelled ? "batch_cancelled" : "batch_expired"
        var last = 0
        while true {
            try Task.checkCancellation()
            let after = last
            let lines = try await database.read { connection in
                try LineStore.unanswered(
                    of: batch.id, model: nil, after: after, count: Self.linesPerWrite, in: connection)
            }
            guard let end = lines.last else { return }
            let answers = lines.map {
                (number: $0.number, answer: AnswerLine(batch: batch.id, $0, unasked: code, message($0, isCancelled)))
            }
            let count = try await database.write { try LineStore.refuse(answers, of: batch.id, in: $0) }
            for _ in 0..<count { counters.answered(isError: true) }
            last = end.number
        }
    }

    private func message(_ line: BatchLine, _ isCancelled: Bool) -> String {
        if isCancelled { return "The batch was cancelled before this request was executed." }
        let text = "This request could not be executed before the completion window expired."
        guard let hold = held.first(where: { $0.model == nil || $0.model == line.model }) else { return text }
        return "\(text) What kept it waiting since \(hold.since.text): \(hold.trouble.message) (\(hold.code))"
    }
}

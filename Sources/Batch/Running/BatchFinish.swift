import Domain
import SQL

/// The end of a batch whose lines are not asked any more: each that has no answer gets its place in the error file, and
/// the answers become files.
struct BatchFinish: Sendable {
    let database: any Database
    let clock: WallClock
    let identifiers: IdentifierGenerator
    let counters: BatchCounters

    private static let linesPerWrite = 1_000

    /// Ends also where an earlier process has ended in the midst of it.
    func run(_ batch: BatchRecord) async throws {
        if batch.moments[.inProgress] == nil {
            // What its validation has found so far is not what the file holds.
            try await database.write { try LineStore.removeLines(of: batch.id, in: $0) }
        }
        while try await markUnasked(batch) > 0 { try Task.checkCancellation() }
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
            try LineStore.removeLines(of: batch.id, in: transaction)
            return end
        }
        if let status { counters.ended(status) }
    }

    /// - Returns: how many there were.
    private func markUnasked(_ batch: BatchRecord) async throws -> Int {
        let isCancelled = batch.status == .cancelling
        let code = isCancelled ? "batch_cancelled" : "batch_expired"
        let message =
            isCancelled
            ? "The batch was cancelled before this request was executed."
            : "This request could not be executed before the completion window expired."
        let count = try await database.write { transaction in
            let lines = try LineStore.unanswered(
                of: batch.id, model: nil, after: 0, count: Self.linesPerWrite, in: transaction)
            for line in lines {
                try LineStore.answer(
                    line.number, of: batch.id, AnswerLine(batch: batch.id, line, unasked: code, message),
                    in: transaction)
            }
            return lines.count
        }
        for _ in 0..<count { counters.answered(isError: true) }
        return count
    }
}

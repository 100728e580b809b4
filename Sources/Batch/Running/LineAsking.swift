import Domain
import JSON
import SQL

/// Asks lines of one batch and keeps what they are answered.
struct LineAsking: Sendable {
    /// What came of asking a line once.
    enum End: Sendable {
        case answered
        /// A limit is reached: it and those behind it wait, so many milliseconds where somebody said so.
        case limited(BatchLine, milliseconds: Int64?)
        case failed(BatchLine)
    }

    let batch: BatchRecord
    let database: any Database
    let sources: BatchSources
    let counters: BatchCounters
    let settings: BatchSettings
    let room: StorageRoom
    let report: @Sendable (any Error) -> Void

    /// - Parameter tries: how often its provider has failed it already.
    /// - Throws: `SQLError` where its request cannot be read; `CancellationError`, with nothing kept.
    func ask(_ line: BatchLine, tries: Int) async throws -> End {
        let requestID = AnswerLine.requestID(batch: batch.id, line)
        guard let principal = sources.principal(batch.keyID), principal.project == batch.project,
            principal.may(.inferenceCall)
        else {
            try await keep(line, Self.keyless(batch.id, line, requestID))
            return .answered
        }
        let body = try await database.read { [batch, room] connection -> [UInt8]? in
            guard try room.hasRoom(batch.project, in: connection) else { return nil }
            return try FileStore.bytes(of: batch.inputFileID, start: line.start, length: line.length, in: connection)
        }
        guard let body else {
            try await keep(line, room.refusal(of: line, in: batch.id))
            return .answered
        }
        guard body.count == line.length else { throw SQLError.closed }
        let answer = await sources.call(
            BatchLineRequest(path: batch.endpoint, body: body, requestID: requestID, principal: principal))
        switch answer.verdict {
        case .later(let milliseconds): return .limited(line, milliseconds: milliseconds)
        case .cancelled where Task.isCancelled: throw CancellationError()
        case .failed where tries + 1 < settings.triesMax, .cancelled where tries + 1 < settings.triesMax:
            return .failed(line)
        case .failed, .cancelled, .final: break
        }
        try await keep(
            line,
            AnswerLine(batch: batch.id, line, status: answer.status, requestID: requestID, body: answer.body))
        return .answered
    }

    /// The answer was paid for: it is kept also when the batch was told to end meanwhile, and when the disk is full as
    /// soon as it is not.
    private func keep(_ line: BatchLine, _ answer: AnswerLine) async throws {
        while true {
            // Awaited where it is started, and not under this task's cancellation.
            let writing = Task.immediate { [database, batch] in
                try await database.write { try LineStore.answer(line.number, of: batch.id, answer, in: $0) }
            }
            do {
                if try await writing.value { counters.answered(isError: answer.isError) }
                return
            } catch SQLError.closed {
                throw SQLError.closed
            } catch {
                report(error)
                try await Task.sleep(for: .milliseconds(settings.retryMilliseconds))
            }
        }
    }

    private static func keyless(_ batch: String, _ line: BatchLine, _ requestID: String) -> AnswerLine {
        let error: JSONValue = [
            "error": [
                "message": "the key that made the batch may not be used any more", "type": "authentication_error",
                "param": .null, "code": "invalid_api_key",
            ]
        ]
        return AnswerLine(batch: batch, line, status: 401, requestID: requestID, body: error.encoded())
    }
}

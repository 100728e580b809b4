import Domain
import JSON
import SQL

/// Asks lines of one batch and keeps what they are answered.
struct LineAsking: Sendable {
    /// What came of asking a line once.
    enum End: Sendable {
        case answered
        /// With the answer that it has if it is not asked again.
        case putOff(LaneTrouble, BatchLineAnswer)
        /// Its last answer is kept.
        case gaveUp
        /// The batch was told to end: nothing is kept.
        case interrupted
        /// The store is closed.
        case closed
    }

    let batch: BatchRecord
    let database: any Database
    let sources: BatchSources
    let counters: BatchCounters
    let settings: BatchSettings
    let room: StorageRoom
    let report: @Sendable (any Error) -> Void

    /// After the batch was told to end.
    private static let lastWritesMax = 5

    var claim: PermitShares.Claim { PermitShares.Claim(project: batch.project, work: batch.id) }

    func ask(_ line: BatchLine) async -> End {
        let requestID = AnswerLine.requestID(batch: batch.id, line)
        guard let principal = sources.principal(batch.keyID), principal.project == batch.project,
            principal.may(.inferenceCall)
        else { return await keep(line, Self.keyless(batch.id, line, requestID), as: .answered) }
        let body: [UInt8]?
        do {
            body = try await database.read { [batch, room] connection -> [UInt8]? in
                guard try room.hasRoom(batch.project, in: connection) else { return nil }
                return try FileStore.bytes(
                    of: batch.inputFileID, start: line.start, length: line.length, in: connection)
            }
        } catch SQLError.closed {
            return .closed
        } catch {
            guard !Task.isCancelled else { return .interrupted }
            report(error)
            return .putOff(LaneTrouble.store, BatchLineAnswer(status: 503, body: [], verdict: .failed))
        }
        guard let body else { return await keep(line, room.refusal(of: line, in: batch.id), as: .answered) }
        guard body.count == line.length else {
            let lost = AnswerLine(
                batch: batch.id, line, unasked: "input_unreadable",
                "The batch's file does not hold this request any more.")
            return await keep(line, lost, as: .answered)
        }
        let answer = await sources.call(
            BatchLineRequest(path: batch.endpoint, body: body, requestID: requestID, principal: principal))
        if case .cancelled = answer.verdict, Task.isCancelled { return .interrupted }
        guard let trouble = LaneTrouble(answer) else { return await keep(line, written(line, answer), as: .answered) }
        return .putOff(trouble, answer)
    }

    /// It was asked often enough.
    func giveUp(_ line: BatchLine, _ answer: BatchLineAnswer) async -> End {
        await keep(line, written(line, answer), as: .gaveUp)
    }

    private func written(_ line: BatchLine, _ answer: BatchLineAnswer) -> AnswerLine {
        AnswerLine(
            batch: batch.id, line, status: answer.status, requestID: AnswerLine.requestID(batch: batch.id, line),
            body: answer.body)
    }

    /// The answer was paid for: it is kept also when the batch was told to end meanwhile, and when the disk is full as
    /// soon as it is not.
    private func keep(_ line: BatchLine, _ answer: AnswerLine, as end: End) async -> End {
        var lastWrites = 0
        while true {
            // Awaited where it is started, and not under this task's cancellation.
            let writing = Task.immediate { [database, batch] in
                try await database.write { try LineStore.answer(line.number, of: batch.id, answer, in: $0) }
            }
            do {
                if try await writing.value { counters.answered(isError: answer.isError) }
                return end
            } catch SQLError.closed {
                return .closed
            } catch {
                report(error)
                if Task.isCancelled { lastWrites += 1 }
                guard lastWrites < Self.lastWritesMax else { return .interrupted }
                let pause = Task.immediate { [settings] in
                    try await Task.sleep(for: .milliseconds(settings.retryMilliseconds))
                }
                try? await pause.value
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

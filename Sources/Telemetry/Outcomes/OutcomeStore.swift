import Domain
import JSON
import SQL

/// The rows of outcomes.
enum OutcomeStore {
    private static let insertion = """
        INSERT INTO outcomes (id, project_id, created_at, origin, deployment, environment, revision, variant, served_by,
            model, prompt, unit, probability, status, is_stream, finish_reason, latency_ms, ttft_ms, input_tokens,
            output_tokens, cached_tokens, cost_micro_usd, slices, attempts, request_id, key_id, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25, $26, $27)
        ON CONFLICT DO NOTHING
        """

    private static let sliceInsertion = """
        INSERT INTO outcome_slices (project_id, name, value, outcome_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """

    static func insert(_ outcomes: [Outcome], in transaction: any Transaction) throws {
        try transaction.executeMany(insertion, rows: outcomes.map(row))
        let slices = outcomes.flatMap { outcome in
            outcome.slices.map { slice -> [SQLValue] in
                [.text(outcome.project), .text(slice.name), .text(slice.value), .text(outcome.id)]
            }
        }
        if !slices.isEmpty { try transaction.executeMany(sliceInsertion, rows: slices) }
    }

    private static func row(_ outcome: Outcome) -> [SQLValue] {
        [
            .text(outcome.id), .text(outcome.project), .integer(outcome.createdAt.milliseconds),
            .text(outcome.origin.rawValue), .text(outcome.deployment), .text(outcome.environment),
            .init(outcome.revision), .text(outcome.variant), .init(outcome.servedBy), .text(outcome.model),
            .init(outcome.prompt), .text(outcome.unit), .real(outcome.probability), .text(outcome.status.rawValue),
            .init(outcome.isStream), .init(outcome.finishReason), .real(outcome.latencyMilliseconds),
            .init(outcome.firstTokenMilliseconds), .init(outcome.tokens?.input), .init(outcome.tokens?.output),
            .init(outcome.tokens?.cached), .init(outcome.costMicroUSD),
            outcome.slices.isEmpty ? .null : .text(slices(outcome).text),
            .text(JSONValue.array(outcome.attempts.map(attempt)).text), .text(outcome.requestID), .text(outcome.keyID),
            .init(outcome.error),
        ]
    }

    private static func slices(_ outcome: Outcome) -> JSONValue {
        var object = JSONObject()
        for slice in outcome.slices { object[slice.name] = .string(slice.value) }
        return .object(object)
    }

    private static func attempt(_ attempt: Attempt) -> JSONValue {
        [
            "variant": .string(attempt.variant), "provider": .string(attempt.provider),
            "status": attempt.status.map { .integer(Int64($0)) } ?? .null,
            "latency_ms": .milliseconds(attempt.latencyMilliseconds),
            "error": attempt.error.map { .string($0) } ?? .null,
        ]
    }

    static let columns = """
        id, created_at, origin, deployment, environment, revision, variant, served_by, model, prompt, unit, probability,
        status, is_stream, finish_reason, latency_ms, ttft_ms, input_tokens, output_tokens, cached_tokens,
        cost_micro_usd, slices, attempts, request_id, key_id, error
        """

    /// A row of `columns` as the API shows it.
    static func json(_ row: Row) throws -> JSONValue {
        let tokens: JSONValue =
            try row.isNull(17)
            ? .null
            : [
                "input": .integer(try row.integer(17)), "output": .integer(try row.integer(18)),
                "cached": .integer(try row.integer(19)),
            ]
        return [
            "id": .string(try row.text(0)),
            "created_at": .string(Timestamp(milliseconds: try row.integer(1)).text),
            "origin": .string(try row.text(2)),
            "deployment": .string(try row.text(3)),
            "environment": .string(try row.text(4)),
            "revision": .integer(try row.integer(5)),
            "variant": .string(try row.text(6)),
            "served_by": .text(try row.textOrNull(7)),
            "model": .string(try row.text(8)),
            "prompt": .text(try row.textOrNull(9)),
            "unit": .string(try row.text(10)),
            "probability": .number(try row.real(11)),
            "status": .string(try row.text(12)),
            "stream": .bool(try row.bool(13)),
            "finish_reason": .text(try row.textOrNull(14)),
            "latency_ms": .milliseconds(try row.real(15)),
            "ttft_ms": try row.realOrNull(16).map { .milliseconds($0) } ?? .null,
            "tokens": tokens,
            "cost_micro_usd": try row.integerOrNull(20).map { .integer($0) } ?? .null,
            "slices": try JSONValue(parsing: try row.textOrNull(21) ?? "{}"),
            "attempts": try JSONValue(parsing: try row.text(22)),
            "request_id": .string(try row.text(23)),
            "key_id": .string(try row.text(24)),
            "error": .text(try row.textOrNull(25)),
        ]
    }

    static func find(_ id: String, project: String, in connection: any Connection) throws -> JSONValue? {
        try connection.first(
            "SELECT \(columns) FROM outcomes WHERE id = $1 AND project_id = $2", [.text(id), .text(project)], json)
    }
}

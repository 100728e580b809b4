import Domain
import JSON
import SQL

/// The row of an outcome: written as it was recorded, read as the API shows it.
enum OutcomeRow {
    static let insertion = """
        INSERT INTO outcomes (seq, id, profile_id, created_at, unit, latency_us, attempt_us, ttft_us, input_tokens,
                              output_tokens, cached_tokens, cost_micro_usd, slices, attempts, request_id, error,
                              reasoning_tokens, tokens_estimated, mirror_of, similarity)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        """

    static func bind(_ outcome: Outcome, _ storable: StorableOutcome, seq: Int64, to row: any Parameters) {
        row.integer(seq, at: 1)
        outcome.id.withBytes { row.blob($0, at: 2) }
        row.integer(storable.profile.id, at: 3)
        row.integer(outcome.createdAt.milliseconds, at: 4)
        row.text(outcome.unit, at: 5)
        row.integer(storable.latency, at: 6)
        // What is not given is NULL.
        if let first = outcome.firstTokenMilliseconds { row.integer(StorableOutcome.microseconds(first), at: 8) }
        if let tokens = outcome.tokens {
            row.integer(tokens.input, at: 9)
            row.integer(tokens.output, at: 10)
            row.integer(tokens.cached, at: 11)
            if tokens.reasoning > 0 { row.integer(tokens.reasoning, at: 17) }
            if outcome.areTokensEstimated { row.integer(1, at: 18) }
        }
        if let cost = outcome.costMicroUSD { row.integer(cost, at: 12) }
        if !outcome.slices.isEmpty { row.text(slices(outcome), at: 13) }
        if storable.profile.key.provider != nil, let attempt = outcome.firstAttempt {
            row.integer(StorableOutcome.microseconds(attempt.latencyMilliseconds), at: 7)
        } else if outcome.attemptCount > 0 {
            row.text(JSONValue.array(outcome.attempts.map(attempt)).text, at: 14)
        }
        row.text(outcome.requestID, at: 15)
        if let error = outcome.error { row.text(error, at: 16) }
        if let live = outcome.mirrorOf { live.withBytes { row.blob($0, at: 19) } }
        if let similarity = outcome.similarity { row.integer(Int64(similarity), at: 20) }
    }

    /// A name that is given twice has its last value.
    private static func slices(_ outcome: Outcome) -> String {
        if outcome.slices.count == 1 {
            var bytes = [UInt8(ascii: "{")]
            JSONText.appendEscaped(outcome.slices[0].name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            JSONText.appendEscaped(outcome.slices[0].value, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
            return String(decoding: bytes, as: UTF8.self)
        }
        var object = JSONObject()
        for slice in outcome.slices { object[slice.name] = .string(slice.value) }
        return JSONValue.object(object).text
    }

    private static func attempt(_ attempt: Attempt) -> JSONValue {
        [
            "variant": .string(attempt.variant), "provider": .string(attempt.provider),
            "status": attempt.status.map { .integer(Int64($0)) } ?? .null,
            "latency_ms": .milliseconds(attempt.latencyMilliseconds),
            "error": attempt.error.map { .string($0) } ?? .null,
        ]
    }

    /// Of `outcomes o` with its `profiles p`.
    static let columns = """
        o.id, o.created_at, p.origin, p.deployment, p.environment, p.revision, p.variant, p.served_by, p.model,
        p.prompt, o.unit, p.probability, p.status, p.is_stream, p.finish_reason, o.latency_us, o.ttft_us,
        o.input_tokens, o.output_tokens, o.cached_tokens, o.cost_micro_usd, o.slices, o.attempts, o.request_id,
        p.key_id, o.error, o.attempt_us, p.provider, o.seq, p.surface, p.cache, o.reasoning_tokens,
        o.tokens_estimated, o.mirror_of, o.similarity
        """
    static let seqColumn = 28

    /// A row of `columns` as the API shows it.
    static func json(_ row: Row) throws -> JSONValue {
        guard let id = ULID(bytes: try row.blob(0)) else {
            throw SQLError.column(index: 0, name: "id", expected: "16 bytes", found: "a blob of another length")
        }
        let tokens: JSONValue =
            try row.isNull(17)
            ? .null
            : [
                "input": .integer(try row.integer(17)), "output": .integer(try row.integer(18)),
                "cached": .integer(try row.integer(19)), "reasoning": .integer(try row.integerOrNull(31) ?? 0),
            ]
        return [
            "id": .string(id.text),
            "created_at": .string(Timestamp(milliseconds: try row.integer(1)).text),
            "origin": .string(try row.text(2)),
            "surface": .string(try row.text(29)),
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
            "latency_ms": milliseconds(try row.integer(15)),
            "ttft_ms": try row.integerOrNull(16).map(milliseconds) ?? .null,
            "cache": .text(try row.textOrNull(30)),
            "similarity": try row.integerOrNull(34).map { .number(Double($0) / 100_000) } ?? .null,
            "tokens": tokens,
            "tokens_estimated": .bool(try row.integerOrNull(32) == 1),
            "cost_micro_usd": try row.integerOrNull(20).map { .integer($0) } ?? .null,
            "slices": try JSONValue(parsing: try row.textOrNull(21) ?? "{}"),
            "attempts": try attempts(row),
            "request_id": .string(try row.text(23)),
            "key_id": .string(try row.text(24)),
            "error": .text(try row.textOrNull(25)),
            "mirror_of": .text(try row.blobOrNull(33).flatMap { ULID(bytes: $0)?.text }),
        ]
    }

    private static func attempts(_ row: Row) throws -> JSONValue {
        guard let latency = try row.integerOrNull(26) else {
            return try JSONValue(parsing: try row.textOrNull(22) ?? "[]")
        }
        return [
            [
                "variant": .text(try row.textOrNull(7)), "provider": .text(try row.textOrNull(27)), "status": 200,
                "latency_ms": milliseconds(latency), "error": nil,
            ]
        ]
    }

    private static func milliseconds(_ microseconds: Int64) -> JSONValue {
        .number(Double(microseconds) / 1_000)
    }
}

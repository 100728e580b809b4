package import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/v1/batches` in OpenAI's format.
package struct BatchEndpoints: Sendable {
    private let database: any Database
    private let clock: WallClock
    private let identifiers: IdentifierGenerator
    private let settings: BatchSettings
    private let errors: ErrorStyle
    private let runner: BatchRunner
    private let room: StorageRoom

    /// - Parameters:
    ///   - database: `batch.sqlite`.
    ///   - room: what bounds their answers.
    ///   - errors: of every path under `/v1`.
    package init(
        database: any Database, clock: WallClock, identifiers: IdentifierGenerator, settings: BatchSettings,
        room: StorageRoom, errors: ErrorStyle, runner: BatchRunner
    ) {
        self.database = database
        self.clock = clock
        self.identifiers = identifiers
        self.settings = settings
        self.errors = errors
        self.runner = runner
        self.room = room
    }

    package var endpoints: [Endpoint] {
        [create, list, show, cancel, resume].map { endpoint in
            var endpoint = endpoint
            endpoint.errors = errors
            endpoint.options.compressesAnswers = false
            return endpoint
        }
    }

    private static let access = Access.permission(.inferenceCall)
    private static let idempotencyKeyLengths = 1...255

    private var create: Endpoint {
        var endpoint = Endpoint(
            .post, "/v1/batches", Self.access, tag: "batches",
            summary: "Have the requests of a file answered in the background (OpenAI wire format)",
            body: BatchSchemas.creation, answers: [.init(200, "the batch", BatchSchemas.batch)]
        ) { [self] call in
            let key = call.request.head.value("idempotency-key")
            guard key.map({ Self.idempotencyKeyLengths.contains($0.utf8.count) }) ?? true else {
                throw Problem.invalid("header/Idempotency-Key", "must be 1 to 255 bytes long")
            }
            let batch = record(call)
            let reach = Reach.reading(call.principal)
            let made = try await database.write { [self] transaction in
                if let key,
                    let former = try BatchStore.find(idempotencyKey: key, project: call.project, in: transaction)
                {
                    return try Self.same(former, as: batch)
                }
                try check(batch, within: reach, in: transaction)
                try BatchStore.insert(batch, idempotencyKey: key, in: transaction)
                return batch
            }
            runner.ring()
            return .value(runner.json(made))
        }
        endpoint.furtherErrors = [
            (404, "no such file in this project"), (413, "the project has no room for answers"),
            (429, "the project has too many batches that are not finished"),
        ]
        return endpoint
    }

    private func record(_ call: Call) -> BatchRecord {
        let now = clock.now()
        var batch = BatchRecord(
            id: BatchRecord.prefix + identifiers.next(), project: call.project, keyID: call.principal.keyID,
            inputFileID: call.body["input_file_id"]?.stringValue ?? "",
            endpoint: call.body["endpoint"]?.stringValue ?? "", createdAt: now)
        batch.metadata = call.body["metadata"] ?? .null
        batch.outputExpiresSeconds = call.body["output_expires_after"]?["seconds"]?.intValue
        return batch
    }

    private func check(_ batch: BatchRecord, within reach: Reach, in transaction: any Transaction) throws {
        let file = try FileStore.find(
            batch.inputFileID, within: reach, at: batch.createdAt, in: transaction)
        guard let file else {
            var problem = Problem.notFound("the file \(batch.inputFileID)")
            problem.errors = [FieldError("input_file_id", "does not exist")]
            throw problem
        }
        guard file.purpose == .batch else {
            throw Problem.invalid("/input_file_id", "must be a file with the purpose batch")
        }
        let usage = try ProjectUsage.of(batch.project, in: transaction)
        let count = usage.unfinished
        guard count < settings.unfinishedMax else {
            throw Problem(
                status: 429, title: "Too many batches",
                detail: "the project has \(count) batches that are not finished: no more than "
                    + "\(settings.unfinishedMax) may be",
                headers: [("Retry-After", "60")])
        }
        try room.checkDisk()
        try room.checkBatch(usage)
    }

    private static func same(_ former: BatchRecord, as batch: BatchRecord) throws -> BatchRecord {
        guard
            former.keyID == batch.keyID, former.inputFileID == batch.inputFileID, former.endpoint == batch.endpoint,
            former.metadata == batch.metadata, former.outputExpiresSeconds == batch.outputExpiresSeconds
        else { throw Problem.invalid("header/Idempotency-Key", "was used before, with another body or by another key") }
        return former
    }

    private var list: Endpoint {
        Endpoint(
            .get, "/v1/batches", Self.access, tag: "batches",
            summary: "List the project's batches, the latest first (OpenAI wire format)",
            query: [
                .init("limit", .integer(1...100), "how many at most; 20 by default"),
                .init("after", .string(max: 128), "the id of the last batch of the page before"),
            ], answers: [.init(200, "a page of batches", BatchSchemas.page(BatchSchemas.batch))]
        ) { [self] call in
            let limit = call.query("limit").flatMap { Int($0) } ?? 20
            let after = call.query("after")
            let batches = try await database.read { connection in
                try BatchStore.list(
                    within: .reading(call.principal), after: after, count: limit + 1, in: connection)
            }
            return .value(BatchSchemas.page(batches, limit: limit, id: \.id, json: runner.json))
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/v1/batches/{batch}", Self.access, tag: "batches", summary: "Show a batch (OpenAI wire format)",
            answers: [.init(200, "the batch", BatchSchemas.batch)]
        ) { [self] call in
            let id = call.parameter("batch")
            let reach = Reach.reading(call.principal)
            let batch = try await database.read { try BatchStore.find(id, within: reach, in: $0) }
            guard let batch else { throw Problem.notFound("the batch \(id)") }
            return .value(runner.json(batch))
        }
    }

    private var cancel: Endpoint {
        Endpoint(
            .post, "/v1/batches/{batch}/cancel", Self.access, tag: "batches",
            summary: "Stop a batch and keep what is answered (OpenAI wire format)",
            answers: [.init(200, "the batch", BatchSchemas.batch)]
        ) { [self] call in
            let id = call.parameter("batch")
            let now = clock.now()
            let reach = Reach.changing(call.principal)
            let batch = try await database.write { transaction in
                guard let batch = try BatchStore.find(id, within: reach, in: transaction) else {
                    throw Problem.notFound("the batch \(id)")
                }
                if batch.status == .cancelling { return batch }
                let isStopped = try BatchStore.move(
                    id, from: [.validating, .inProgress], to: .cancelling, at: now, in: transaction)
                guard isStopped else {
                    throw Problem.conflict("a batch that is \(batch.status.rawValue) cannot be cancelled")
                }
                return try BatchStore.find(id, within: reach, in: transaction) ?? batch
            }
            runner.cancel(id)
            return .value(runner.json(batch))
        }
    }

    private var resume: Endpoint {
        Endpoint(
            .post, "/v1/batches/{batch}/resume", Self.access, tag: "batches",
            summary: "Go on with a batch that a restore holds: requests that were answered after the backup was made "
                + "are asked, and paid for, again", answers: [.init(200, "the batch", BatchSchemas.batch)]
        ) { [self] call in
            let id = call.parameter("batch")
            let reach = Reach.changing(call.principal)
            let batch = try await database.write { transaction in
                guard let batch = try BatchStore.find(id, within: reach, in: transaction) else {
                    throw Problem.notFound("the batch \(id)")
                }
                guard try BatchStore.resume(id, in: transaction) else {
                    throw Problem.conflict("the batch is \(batch.status.rawValue), and not held")
                }
                return try BatchStore.find(id, within: reach, in: transaction) ?? batch
            }
            runner.ring()
            return .value(runner.json(batch))
        }
    }
}

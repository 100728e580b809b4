package import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/v1/files` in OpenAI's format: what batches read and write.
package struct FileEndpoints: Sendable {
    private let database: any Database
    private let clock: WallClock
    private let upload: FileUpload
    private let settings: BatchSettings
    private let errors: ErrorStyle
    private let deleted: @Sendable () -> Void

    /// - Parameters:
    ///   - database: `batch.sqlite`.
    ///   - room: what bounds them.
    ///   - errors: of every path under `/v1`.
    ///   - deleted: told that there may be something to clear away.
    package init(
        database: any Database, clock: WallClock, identifiers: IdentifierGenerator, settings: BatchSettings,
        room: StorageRoom, errors: ErrorStyle, deleted: @escaping @Sendable () -> Void
    ) {
        self.database = database
        self.clock = clock
        self.settings = settings
        self.errors = errors
        self.deleted = deleted
        upload = FileUpload(
            database: database, clock: clock, identifiers: identifiers, settings: settings, room: room)
    }

    package var endpoints: [Endpoint] {
        [create, list, show, content, remove].map { endpoint in
            var endpoint = endpoint
            endpoint.errors = errors
            endpoint.options.compressesAnswers = false
            return endpoint
        }
    }

    private static let access = Access.permission(.inferenceCall)
    /// What stands in a form beside its file.
    private static let formBytesMax = 65_536
    /// Pages are made on the loop that serves their caller. A client goes on to the next one by `has_more`.
    private static let pageMax = 500

    private var create: Endpoint {
        var endpoint = Endpoint(
            .post, "/v1/files", Self.access, tag: "batches",
            summary: "Upload a file of requests for a batch (OpenAI wire format)", body: BatchSchemas.upload,
            answers: [.init(200, "the file", BatchSchemas.file)],
            raw: { [self] request, principal, responder in
                responder.run { await received(request, principal) }
            })
        endpoint.furtherErrors = [(413, "the file, or all that the project stores, would be too large")]
        endpoint.options.streamsBodies = true
        endpoint.options.bodyBytesMax = settings.fileBytesMax + Self.formBytesMax
        endpoint.options.acceptedContentTypes = ["multipart/form-data"]
        endpoint.bodyMediaType = "multipart/form-data"
        return endpoint
    }

    private func received(_ request: Request, _ principal: Principal) async -> Response {
        let problem: Problem
        do {
            return .value(try await upload.receive(request, principal).json)
        } catch let known as Problem {
            problem = known
        } catch let error as SQLError {
            problem = Problem(error)
        } catch {
            problem = .unavailable("the upload was cancelled: nothing was written")
        }
        deleted()
        return errors.response(problem, request.id)
    }

    private var list: Endpoint {
        Endpoint(
            .get, "/v1/files", Self.access, tag: "batches",
            summary: "List the project's files (OpenAI wire format)",
            query: [
                .init("purpose", .enumeration(["batch", "batch_output"]), "only those"),
                .init(
                    "limit", .integer(1...10_000),
                    "how many at most, of which a page holds \(Self.pageMax); \(Self.pageMax) by default"),
                .init("order", .enumeration(["asc", "desc"]), "by when they were made; desc by default"),
                .init("after", .string(max: 128), "the id of the last file of the page before"),
            ], answers: [.init(200, "a page of files", BatchSchemas.page(BatchSchemas.file))]
        ) { [self] call in
            let limit = min(call.query("limit").flatMap { Int($0) } ?? Self.pageMax, Self.pageMax)
            let (purpose, after) = (call.query("purpose"), call.query("after"))
            let isAscending = call.query("order") == "asc"
            let now = clock.now()
            let files = try await database.read { connection in
                try FileStore.list(
                    within: .reading(call.principal), purpose: purpose, after: after, isAscending: isAscending,
                    count: limit + 1, at: now, in: connection)
            }
            return .value(BatchSchemas.page(files, limit: limit, id: \.id, json: \.json))
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/v1/files/{file}", Self.access, tag: "batches", summary: "Show a file (OpenAI wire format)",
            answers: [.init(200, "the file", BatchSchemas.file)]
        ) { [self] call in .value(try await find(call, within: .reading(call.principal)).json) }
    }

    private var content: Endpoint {
        Endpoint(
            .get, "/v1/files/{file}/content", Self.access, tag: "batches",
            summary: "Read a file's bytes (OpenAI wire format)",
            answers: [
                .init(
                    200, "the file, byte for byte", .foreign(["type": "string", "format": "binary"]),
                    mediaTypes: ["application/octet-stream"])
            ]
        ) { [self] call in
            let content = FileContent(
                database: database, file: try await find(call, within: .reading(call.principal)))
            return Response(
                status: 200, headers: ["Content-Type": "application/octet-stream"],
                body: .stream { try await content.write(to: $0) })
        }
    }

    private var remove: Endpoint {
        Endpoint(
            .delete, "/v1/files/{file}", Self.access, tag: "batches", summary: "Delete a file (OpenAI wire format)",
            answers: [.init(200, "that it is deleted", BatchSchemas.deletion)]
        ) { [self] call in
            let file = try await find(call, within: .changing(call.principal))
            let now = clock.now()
            let wasThere = try await database.write { transaction in
                try FileStore.delete(file.id, project: call.project, at: now, in: transaction)
            }
            guard wasThere else { throw Problem.notFound("the file \(file.id)") }
            deleted()
            return .value(["id": .string(file.id), "object": "file", "deleted": true])
        }
    }

    private func find(_ call: Call, within reach: Reach) async throws -> StoredFile {
        let id = call.parameter("file")
        let now = clock.now()
        let file = try await database.read { try FileStore.find(id, within: reach, at: now, in: $0) }
        guard let file else { throw Problem.notFound("the file \(id)") }
        return file
    }
}

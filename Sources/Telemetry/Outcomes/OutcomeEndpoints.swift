import Domain
import HTTP
import JSON
package import REST
package import SQL

/// What was recorded of single inferences.
package struct OutcomeEndpoints: Sendable {
    private let database: any Database
    private let writer: OutcomeWriter

    package init(database: any Database, writer: OutcomeWriter) {
        self.database = database
        self.writer = writer
    }

    private static let query: [Endpoint.Query] =
        Page.query + [
            .init("deployment", .string(max: 128), "only of this deployment"),
            .init("environment", .string(max: 128), "only of this environment"),
            .init("variant", .string(max: 128), "only those assigned to this variant"),
            .init("status", .enumeration(OutcomeStatus.allCases.map(\.rawValue)), "only those that ended so"),
            .init("surface", .string(max: 64), "only calls of this operation, such as embeddings"),
            .init("cache", .enumeration(CacheUse.allCases.map(\.rawValue)), "only those to which the cache was this"),
            .init("unit", .string(max: 256), "only of this unit"),
            .init("request_id", .string(max: 128), "only of this request"),
            .init("origin", .enumeration(Outcome.Origin.allCases.map(\.rawValue)), "traffic by default"),
            .init("from", .string(max: 64), "RFC 3339 or Unix milliseconds, inclusive"),
            .init("to", .string(max: 64), "RFC 3339 or Unix milliseconds, exclusive"),
        ]

    static let known = query.map(\.name)

    package var endpoints: [Endpoint] {
        var list = Endpoint(
            .get, "/api/v1/outcomes", .permission(.outcomesRead), tag: "outcomes",
            summary: "List outcomes, last ended first; slice.<name>=<value> filters by slice", query: Self.query,
            answers: [.init(200, "a page of outcomes", Page.schema(.any(description: "an outcome")))]
        ) { call in try await outcomes(call) }
        list.allowsOtherQuery = true
        return [
            list,
            Endpoint(
                .get, "/api/v1/outcomes/{outcome}", .permission(.outcomesRead), tag: "outcomes",
                summary: "Read one outcome", answers: [.init(200, "the outcome", .any(description: "an outcome"))]
            ) { call in try await outcome(call) },
            Endpoint(
                .get, "/api/v1/outcomes/{outcome}/mirror", .permission(.outcomesRead), tag: "outcomes",
                summary: "Read what a caller got and what the shadow answered to the same, by the id of either",
                answers: [.init(200, "both outcomes", Self.pair)]
            ) { call in try await mirror(call) },
        ]
    }

    private func outcomes(_ call: Call) async throws -> Response {
        let search = try OutcomeFilter(call).search
        let page = try Page(call)
        let before = page.after?.first?.intValue
        if page.after != nil, before == nil { throw Problem.invalid("query/cursor", "is not a cursor of this list") }
        try? await writer.flush()
        let rows = try await database.read { connection in
            try search.run(before: before.map { Int64($0) } ?? .max, count: page.fetchCount, in: connection)
        }
        return .value(page.answer(rows, key: { [.integer($0.seq)] }, item: \.json))
    }

    private func outcome(_ call: Call) async throws -> Response {
        .resource(try await found(call))
    }

    private func found(_ call: Call) async throws -> JSONValue {
        let id = call.parameter("outcome")
        // When the disk is full the flush fails, and what is in the file is still worth reading.
        try? await writer.flush()
        guard let found = try await one(id, project: call.project) else { throw Problem.notFound("outcome \(id)") }
        return found
    }

    private func one(_ id: String, project: String) async throws -> JSONValue? {
        guard let key = ULID(id) else { return nil }
        let search = OutcomeSearch(id: key, project: project)
        return try await database.read { try search.run(count: 1, in: $0).first?.json }
    }

    private static let pair = Schema.object([
        .required("live", .any(description: "the caller's outcome; null when it is not kept any longer")),
        .required("mirror", .any(description: "the shadow's outcome; null where there is none, or none yet")),
    ])

    private func mirror(_ call: Call) async throws -> Response {
        let outcome = try await found(call)
        if let live = outcome["mirror_of"]?.stringValue {
            return .value(["live": try await one(live, project: call.project) ?? .null, "mirror": outcome])
        }
        guard let id = outcome["id"]?.stringValue.flatMap({ ULID($0) }),
            let request = outcome["request_id"]?.stringValue
        else { return .value(["live": outcome, "mirror": .null]) }
        var search = OutcomeSearch(project: call.project)
        search.whereProfile("origin", Outcome.Origin.mirror.rawValue)
        // A copy has the request id of what it is a copy of, by which it is found without looking at all of them.
        search.whereRequest(request)
        search.whereMirror(of: id)
        let copies = search
        let copy = try await database.read { try copies.run(count: 1, in: $0).first?.json }
        return .value(["live": outcome, "mirror": copy ?? .null])
    }
}

import Domain
import HTTP
import JSON
import REST
import SQL

/// The routes of aliases and labels: put, list, read, delete.
struct PointerEndpoints: Sendable {
    let kind: PointerKind
    let things: RegisteredThingEndpoints
    /// `/api/v1/models/{model}/aliases`.
    let path: String
    let control: any Database
    let mutations: Mutations

    private var store: PointerStore {
        switch kind {
        case .alias: .aliases
        case .label: .labels
        }
    }

    private static let schema = Schema.object([.required("version", .integer(1...Int(Int32.max)))])

    var endpoints: [Endpoint] {
        let word = kind.rawValue
        let tag = things.plural
        let answer = Schema.any(description: "the \(word) and the version it points at")
        let one = "\(path)/{\(word)}"
        return [
            Endpoint(
                .put, one, .permission(things.write), tag: tag,
                summary: "Point a \(word) at a version; deployments that follow it get a new revision",
                body: Self.schema, answers: [.init(200, "the \(word)", answer), .init(201, "a new \(word)", answer)]
            ) { call in try await put(call) },
            Endpoint(
                .get, path, .permission(things.read), tag: tag, summary: "List \(kind.plural) by name",
                query: Page.query, answers: [.init(200, "a page of \(kind.plural)", Page.schema(answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, one, .permission(things.read), tag: tag, summary: "Read a \(word)",
                answers: [.init(200, "the \(word)", answer)]
            ) { call in try await show(call) },
            Endpoint(
                .delete, one, .permission(things.write), tag: tag,
                summary: "Delete a \(word) that no live deployment follows", answers: [.init(204, "deleted")]
            ) { call in try await delete(call) },
        ]
    }

    private func put(_ call: Call) async throws -> Response {
        let name = call.parameter(kind.rawValue)
        if let fault = PointerName.fault(name) { throw Problem.invalid("path/\(kind.rawValue)", fault) }
        let version = call.body["version"]?.intValue ?? 0
        return try await mutations.perform(call) { transaction in
            let thing = try things.require(call, in: transaction)
            let current = try store.find(name, of: thing, project: call.project, in: transaction)
            try requireMatch(call, current)
            guard try store.hasVersion(version, of: thing.id, project: call.project, in: transaction) else {
                throw Problem.invalid("/version", "is not a version of the \(kind.thing) \(thing.name)")
            }
            let moved = try PointerMove(
                store: store, thing: thing, name: name, version: version, project: call.project,
                actor: call.principal.actor, now: mutations.clock.now()
            ).perform(over: current, in: transaction)
            let location = "/api/v1/\(things.plural)/\(PathSegment.encoded(thing.name))/\(kind.plural)/\(name)"
            let response = Response.resource(
                moved.pointer.json, status: moved.isNew ? 201 : 200, location: moved.isNew ? location : nil)
            return Mutation(response, audit: moved.audit, stale: moved.stale)
        }
    }

    /// With `If-Match`, what is not there does not match (RFC 9110 §13.1.1).
    private func requireMatch(_ call: Call, _ current: Pointer?) throws {
        guard call.request.head.value("if-match") != nil else { return }
        guard let current else { throw Problem.preconditionFailed(current: "\"\"") }
        try EntityTag.require(call.request, current: current.json.entityTag)
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = try page.textAfter()
        let rows = try await control.read { connection in
            let thing = try things.require(call, in: connection)
            return try store.page(
                of: thing, project: call.project, after: after, count: page.fetchCount, in: connection)
        }
        return .value(page.answer(rows, key: { [.string($0.name)] }, item: \.json))
    }

    private func show(_ call: Call) async throws -> Response {
        try await control.read { connection in
            let thing = try things.require(call, in: connection)
            return .resource(try require(call, of: thing, in: connection).json)
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let thing = try things.require(call, in: transaction)
            let pointer = try require(call, of: thing, in: transaction)
            try EntityTag.require(call.request, current: pointer.json.entityTag)
            let followers = try store.followers(
                of: pointer, thingID: thing.id, project: call.project, in: transaction)
            guard followers.isEmpty else {
                let names = followers.prefix(5).map(\.name).joined(separator: ", ")
                throw Problem.conflict("\(pointer.reference) is followed by \(names)")
            }
            try store.delete(pointer, of: thing, project: call.project, in: transaction)
            return Mutation(
                Response(status: 204),
                audit: [
                    .init(
                        action: "\(kind.thing)_\(kind.rawValue).delete",
                        resource: "\(things.plural)/\(thing.name)/\(kind.plural)/\(pointer.name)",
                        before: pointer.json)
                ])
        }
    }

    private func require(
        _ call: Call, of thing: RegisteredThing, in connection: any Connection
    ) throws -> Pointer {
        let name = call.parameter(kind.rawValue)
        guard let found = try store.find(name, of: thing, project: call.project, in: connection) else {
            throw Problem.notFound("\(kind.rawValue) \(name) of the \(kind.thing) \(thing.name)")
        }
        return found
    }
}

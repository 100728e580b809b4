import Domain
import HTTP
import JSON
import REST
import SQL

/// The five routes that models, prompts and datasets share: make, list, read, patch, delete.
struct RegisteredThingEndpoints: Sendable {
    /// `model`, and in the plural as in the path.
    let singular: String
    let plural: String
    /// The path of one of them, with its parameter.
    let path: String
    let read: Permission
    let write: Permission
    let name: Schema
    let table: RegisteredThingTable
    let control: any Database
    let mutations: Mutations
    /// What a representation shows beside the common fields.
    let extras: @Sendable (RegisteredThing, _ project: String, any Connection) throws -> JSONObject
    /// Throws when the thing is in use.
    let mayDelete: @Sendable (RegisteredThing, _ project: String, any Connection) throws -> Void

    private var collection: String { "/api/v1/\(plural)" }

    private var schema: Schema {
        .object([.required("name", name), .optional("description", .description), .optional("tags", .tags)])
    }

    var endpoints: [Endpoint] {
        let one = Schema.any(description: "the \(singular)")
        return [
            Endpoint(
                .post, collection, .permission(write), tag: plural, summary: "Register a \(singular)", body: schema,
                answers: [.init(201, "the \(singular)", one)]
            ) { call in try await create(call) },
            Endpoint(
                .get, collection, .permission(read), tag: plural, summary: "List \(plural) by name", query: Page.query,
                answers: [.init(200, "a page of \(plural)", Page.schema(one))]
            ) { call in try await list(call) },
            Endpoint(
                .get, path, .permission(read), tag: plural, summary: "Read a \(singular)",
                answers: [.init(200, "the \(singular)", one)]
            ) { call in try await show(call) },
            Endpoint(
                .patch, path, .permission(write), tag: plural, summary: "Change a \(singular)'s description or tags",
                body: schema, answers: [.init(200, "the \(singular)", one)]
            ) { call in try await patch(call) },
            Endpoint(
                .delete, path, .permission(write), tag: plural,
                summary: "Delete a \(singular); its history stays, and the name may be given again",
                answers: [.init(204, "deleted")]
            ) { call in try await delete(call) },
        ]
    }

    /// - Throws: 404.
    func require(_ call: Call, in connection: any Connection) throws -> RegisteredThing {
        let name = call.parameter(singular)
        guard let found = try table.find(name, project: call.project, in: connection) else {
            throw Problem.notFound("\(singular) \(name)")
        }
        return found
    }

    private func json(_ thing: RegisteredThing, _ call: Call, in connection: any Connection) throws -> JSONValue {
        var object = thing.json
        for (key, value) in try extras(thing, call.project, connection) { object[key] = value }
        return .object(object)
    }

    private func create(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        let thing = RegisteredThing(
            id: mutations.identifiers.next(), name: call.body["name"]?.stringValue ?? "",
            description: call.body["description"]?.stringValue, tags: call.body["tags"]?.objectValue ?? [:],
            createdAt: now, createdBy: call.principal.actor, updatedAt: now)
        return try await mutations.perform(call) { transaction in
            guard try table.find(thing.name, project: call.project, in: transaction) == nil else {
                throw Problem.conflict("the \(singular) \(thing.name) exists already")
            }
            try table.insert(thing, project: call.project, in: transaction)
            let json = try json(thing, call, in: transaction)
            return Mutation(
                .resource(json, status: 201, location: "\(collection)/\(PathSegment.encoded(thing.name))"),
                audit: [.init(action: "\(singular).create", resource: "\(plural)/\(thing.name)", after: json)])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = try page.textAfter()
        let rows = try await control.read { connection in
            try table.page(project: call.project, after: after, count: page.fetchCount, in: connection)
                .map { thing in (name: thing.name, json: try json(thing, call, in: connection)) }
        }
        return .value(page.answer(rows, key: { [.string($0.name)] }, item: { $0.json }))
    }

    private func show(_ call: Call) async throws -> Response {
        try await control.read { .resource(try json(try require(call, in: $0), call, in: $0)) }
    }

    private func patch(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            var thing = try require(call, in: transaction)
            let before = try json(thing, call, in: transaction)
            try EntityTag.require(call.request, current: before.entityTag)
            let merged = try MergePatch.merged(
                .object(thing.writable), with: call.body, schema: schema, fixed: ["name"])
            let description = merged["description"]?.stringValue
            let tags = merged["tags"]?.objectValue ?? [:]
            guard description != thing.description || tags != thing.tags else {
                return Mutation(.resource(before), audit: [])
            }
            thing.description = description
            thing.tags = tags
            thing.updatedAt = mutations.clock.now()
            try table.update(thing, project: call.project, in: transaction)
            let after = try json(thing, call, in: transaction)
            return Mutation(
                .resource(after),
                audit: [
                    .init(
                        action: "\(singular).update", resource: "\(plural)/\(thing.name)", before: before, after: after)
                ])
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let thing = try require(call, in: transaction)
            let before = try json(thing, call, in: transaction)
            try EntityTag.require(call.request, current: before.entityTag)
            try mayDelete(thing, call.project, transaction)
            try table.delete(thing, project: call.project, at: mutations.clock.now(), in: transaction)
            return Mutation(
                Response(status: 204),
                audit: [.init(action: "\(singular).delete", resource: "\(plural)/\(thing.name)", before: before)])
        }
    }
}

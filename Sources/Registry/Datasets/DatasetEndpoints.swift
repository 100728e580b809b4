import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/api/v1/datasets`: golden datasets and their examples.
package struct DatasetEndpoints: Sendable {
    private let control: any Database
    private let mutations: Mutations
    private let datasets: RegisteredThingEndpoints

    package init(control: any Database, mutations: Mutations) {
        self.control = control
        self.mutations = mutations
        datasets = RegisteredThingEndpoints(
            singular: "dataset", plural: "datasets", path: Self.path, read: .datasetsRead, write: .datasetsWrite,
            name: .name, table: .datasets, control: control, mutations: mutations,
            extras: { dataset, project, connection in
                ["examples": JSONValue(try ExampleStore.count(of: dataset.id, project: project, in: connection))]
            }, mayDelete: { _, _, _ in })
    }

    private static let path = "/api/v1/datasets/{dataset}"
    private static let itemsMax = 1_000
    private static let answer = Schema.any(description: "an example: id, input, expected, tags")
    private static let schema = Schema.checked(
        .object([
            .required(
                "items",
                .array(
                    .object([
                        .required(
                            "input",
                            .object([
                                .optional(
                                    "messages",
                                    .array(.any(description: "a message"), min: 1, max: DatasetRules.messagesMax)),
                                .optional(
                                    "variables", .map(.any(description: "a value"), keys: { _ in nil }, max: 1_024)),
                            ]), "messages or variables"),
                        .required("expected", .any(description: "what a good answer is, for the scorer")),
                        .optional("tags", .array(.string(min: 1, max: 128), max: 64)),
                    ]), min: 1, max: itemsMax))
        ]), DatasetRules.violations)

    package var endpoints: [Endpoint] {
        let examples = [
            Endpoint(
                .post, "\(Self.path)/examples", .permission(.datasetsWrite), tag: "datasets",
                summary: "Add examples, all of them or none", body: Self.schema,
                answers: [.init(201, "the examples", .object([.required("items", .array(Self.answer, max: 1_000))]))]
            ) { call in try await add(call) },
            Endpoint(
                .get, "\(Self.path)/examples", .permission(.datasetsRead), tag: "datasets",
                summary: "List examples in the order in which they were added", query: Page.query,
                answers: [.init(200, "a page of examples", Page.schema(Self.answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, "\(Self.path)/examples/{example}", .permission(.datasetsRead), tag: "datasets",
                summary: "Read an example", answers: [.init(200, "the example", Self.answer)]
            ) { call in try await show(call) },
            Endpoint(
                .delete, "\(Self.path)/examples/{example}", .permission(.datasetsWrite), tag: "datasets",
                summary: "Take an example out; scores that it gave stay", answers: [.init(204, "deleted")]
            ) { call in try await delete(call) },
        ]
        return datasets.endpoints + examples
    }

    private static func json(_ example: DatasetExample) -> JSONValue {
        [
            "id": .string(example.id), "input": example.input.json, "expected": example.expected,
            "tags": .array(example.tags.map { .string($0) }),
        ]
    }

    private func add(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        let items = call.body["items"]?.arrayValue ?? []
        let examples = items.compactMap { item -> DatasetExample? in
            guard let input = item["input"].flatMap({ DatasetExample.Input($0) }) else { return nil }
            return DatasetExample(
                id: mutations.identifiers.next(), input: input, expected: item["expected"] ?? .null,
                tags: (item["tags"]?.arrayValue ?? []).compactMap(\.stringValue))
        }
        guard examples.count == items.count else { throw Problem.invalid("/items", "must be examples") }
        return try await mutations.perform(call) { transaction in
            let dataset = try datasets.require(call, in: transaction)
            let count = try ExampleStore.count(of: dataset.id, project: call.project, in: transaction)
            guard count + examples.count <= DatasetReader.examplesMax else {
                throw Problem.invalid("/items", "would make more than \(DatasetReader.examplesMax) examples")
            }
            try ExampleStore.insert(
                examples, of: dataset.id, project: call.project, at: now, by: call.principal.actor, in: transaction)
            let list = JSONValue.array(examples.map(Self.json))
            let location = "/api/v1/datasets/\(dataset.name)/examples"
            return Mutation(
                .resource(["items": list], status: 201, location: location),
                audit: [
                    .init(
                        action: "dataset_example.create", resource: "datasets/\(dataset.name)/examples", after: list)
                ])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = try page.textAfter()
        let rows = try await control.read { connection in
            let dataset = try datasets.require(call, in: connection)
            return try ExampleStore.page(
                of: dataset.id, project: call.project, after: after, count: page.fetchCount, in: connection)
        }
        return .value(page.answer(rows, key: { [.string($0.id)] }, item: Self.json))
    }

    private func show(_ call: Call) async throws -> Response {
        try await control.read { connection in
            let dataset = try datasets.require(call, in: connection)
            return .resource(Self.json(try require(call, of: dataset, in: connection)))
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let dataset = try datasets.require(call, in: transaction)
            let example = try require(call, of: dataset, in: transaction)
            let before = Self.json(example)
            try EntityTag.require(call.request, current: before.entityTag)
            try ExampleStore.delete(
                example.id, of: dataset.id, project: call.project, at: mutations.clock.now(), in: transaction)
            return Mutation(
                Response(status: 204),
                audit: [
                    .init(
                        action: "dataset_example.delete",
                        resource: "datasets/\(dataset.name)/examples/\(example.id)", before: before)
                ])
        }
    }

    private func require(
        _ call: Call, of dataset: RegisteredThing, in connection: any Connection
    ) throws -> DatasetExample {
        let id = call.parameter("example")
        guard let found = try ExampleStore.find(id, of: dataset.id, project: call.project, in: connection) else {
            throw Problem.notFound("example \(id) of the dataset \(dataset.name)")
        }
        return found
    }
}

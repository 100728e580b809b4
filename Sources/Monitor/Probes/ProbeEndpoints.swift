import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/api/v1/probes`: probes, and the runs of them.
package struct ProbeEndpoints: Sendable {
    let control: any Database
    let mutations: Mutations
    let scheduler: ProbeScheduler

    package init(control: any Database, mutations: Mutations, scheduler: ProbeScheduler) {
        self.control = control
        self.mutations = mutations
        self.scheduler = scheduler
    }

    static let path = "/api/v1/probes"

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, Self.path, .permission(.probesWrite), tag: "probes",
                summary: "Add a probe; its first run is one interval later, or on demand", body: ProbeSchema.schema,
                answers: [.init(201, "the probe", ProbeSchema.probe)]
            ) { call in try await create(call) },
            Endpoint(
                .get, Self.path, .permission(.probesRead), tag: "probes", summary: "List probes by name",
                query: Page.query, answers: [.init(200, "a page of probes", Page.schema(ProbeSchema.probe))]
            ) { call in try await list(call) },
            Endpoint(
                .get, "\(Self.path)/{probe}", .permission(.probesRead), tag: "probes", summary: "Read a probe",
                answers: [.init(200, "the probe", ProbeSchema.probe)]
            ) { call in try await show(call) },
            Endpoint(
                .patch, "\(Self.path)/{probe}", .permission(.probesWrite), tag: "probes",
                summary: "Change a probe; runs that were asked for before keep the old one", body: ProbeSchema.schema,
                answers: [.init(200, "the probe", ProbeSchema.probe)]
            ) { call in try await patch(call) },
            Endpoint(
                .delete, "\(Self.path)/{probe}", .permission(.probesWrite), tag: "probes",
                summary: "Delete a probe and cancel its runs; scores that it gave stay",
                answers: [.init(204, "deleted")]
            ) { call in try await delete(call) },
        ] + runEndpoints
    }

    private func create(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        let definition = try await checked(call.body, call, against: nil)
        let probe = ProbeRecord(
            id: mutations.identifiers.next(), project: call.project, definition: definition,
            nextDueAt: definition.nextDue(after: now), createdAt: now, createdBy: call.principal.actor,
            updatedAt: now)
        return try await mutations.perform(call) { transaction in
            guard try ProbeStore.find(definition.name, project: call.project, in: transaction) == nil else {
                throw Problem.conflict("the probe \(definition.name) exists already")
            }
            try ProbeStore.insert(probe, in: transaction)
            transaction.afterCommit { scheduler.ring() }
            return Mutation(
                .resource(probe.json, status: 201, location: "\(Self.path)/\(definition.name)"),
                audit: [.init(action: "probe.create", resource: "probes/\(definition.name)", after: probe.json)])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = try page.nameAfter()
        let rows = try await control.read {
            try ProbeStore.page(project: call.project, after: after, count: page.fetchCount, in: $0)
        }
        return .value(page.answer(rows, key: { [.string($0.definition.name)] }, item: \.json))
    }

    private func show(_ call: Call) async throws -> Response {
        .resource(try await control.read { try require(call, in: $0).json })
    }

    private func patch(_ call: Call) async throws -> Response {
        let before = try await control.read { try require(call, in: $0) }
        let definition = try await checked(try merged(before.definition, call.body), call, against: before.definition)
        return try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            try EntityTag.require(call.request, current: current.json.entityTag)
            // What was merged and checked above is not what is there now: nobody's change is to be lost unseen.
            guard current.id == before.id, current.definition == before.definition else {
                throw Problem.conflict("the probe \(current.definition.name) was changed at the same time")
            }
            guard definition != current.definition else { return Mutation(.resource(current.json), audit: []) }
            let now = mutations.clock.now()
            var changed = current
            changed.definition = definition
            changed.updatedAt = now
            if definition.intervalSeconds != current.definition.intervalSeconds {
                changed.nextDueAt = definition.nextDue(after: now)
            }
            try ProbeStore.update(changed, in: transaction)
            transaction.afterCommit { scheduler.ring() }
            return Mutation(
                .resource(changed.json),
                audit: [
                    .init(
                        action: "probe.update", resource: "probes/\(definition.name)", before: current.json,
                        after: changed.json)
                ])
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let probe = try require(call, in: transaction)
            try EntityTag.require(call.request, current: probe.json.entityTag)
            let now = mutations.clock.now()
            try ProbeStore.delete(probe, at: now, in: transaction)
            try ProbeRunStore.cancel(of: probe, reason: "the probe was deleted", at: now, in: transaction)
            transaction.afterCommit { scheduler.cancelRuns(ofProbe: probe.id) }
            return Mutation(
                Response(status: 204),
                audit: [
                    .init(
                        action: "probe.delete", resource: "probes/\(probe.definition.name)", before: probe.json)
                ])
        }
    }

    func require(_ call: Call, in connection: any Connection) throws -> ProbeRecord {
        let name = call.parameter("probe")
        guard let found = try ProbeStore.find(name, project: call.project, in: connection) else {
            throw Problem.notFound("probe \(name)")
        }
        return found
    }

    private func merged(_ current: ProbeDefinition, _ patch: JSONValue) throws -> JSONValue {
        var writable = current.writable
        // Another kind of scorer has other settings: those of the old one would only have to be taken out by hand.
        if let kind = patch["scorer"]?["kind"], kind != current.scorer["kind"] {
            writable = writable.mergePatched(with: ["scorer": nil])
        }
        let merged = writable.mergePatched(with: patch)
        var errors = [FieldError]()
        if merged["name"] != writable["name"] { errors.append(.init("/name", "cannot be changed")) }
        errors += ProbeSchema.schema.violations(in: merged).filter { $0.pointer != "/name" }
        guard errors.isEmpty else { throw Problem.invalid(errors) }
        return merged
    }

    /// The definition, with its environment found and what it names looked up where that is new.
    private func checked(
        _ document: JSONValue, _ call: Call, against former: ProbeDefinition?
    ) async throws -> ProbeDefinition {
        guard let written = ProbeDefinition(document) else { throw Problem.invalid("", "must be a probe") }
        var errors = [FieldError]()
        let environment = document["environment"]?.stringValue
        let live = deployment(written.deployment, environment, call)
        let isDeploymentKnown =
            written.deployment == former?.deployment && environment == former?.environment
        if live == nil, !isDeploymentKnown {
            let place = environment ?? call.principal.environment
            errors.append(.init("/deployment", "\(written.deployment) does not exist in \(place)"))
        }
        if written.dataset != former?.dataset,
            try await scheduler.sources.examples(call.project, written.dataset) == nil
        {
            errors.append(.init("/dataset", "\(written.dataset) does not exist"))
        }
        guard errors.isEmpty,
            let definition = ProbeDefinition(
                document, environment: live?.environment ?? former?.environment ?? "production")
        else { throw Problem.invalid(errors) }
        return definition
    }

    /// A deployment that the key may not call does not exist for it: a probe calls in its place.
    private func deployment(_ name: String, _ environment: String?, _ call: Call) -> LiveDeployment? {
        guard call.principal.mayCall(deployment: name) else { return nil }
        let table = scheduler.sources.routing.current
        guard let environment else {
            return table.deployment(
                project: call.project, preferring: call.principal.environment, name: name)
        }
        return table.deployment(project: call.project, environment: environment, name: name)
    }
}

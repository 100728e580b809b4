import Domain
import HTTP
import JSON
import REST
import SQL
import Telemetry

/// `/api/v1/probes/{probe}/runs`.
extension ProbeEndpoints {
    /// Runs of one probe that wait or go on.
    private static let unfinishedMax = 16

    var runEndpoints: [Endpoint] {
        [
            Endpoint(
                .post, "\(Self.path)/{probe}/runs", .permission(.probesRun), tag: "probes",
                summary: "Run a probe now, through every variant of the live revision",
                answers: [.init(202, "the run, queued", ProbeSchema.run)]
            ) { call in try await start(call) },
            Endpoint(
                .get, "\(Self.path)/{probe}/runs", .permission(.probesRead), tag: "probes",
                summary: "List the runs of a probe, the newest first", query: Page.query,
                answers: [.init(200, "a page of runs", Page.schema(ProbeSchema.run))]
            ) { call in try await listRuns(call) },
            Endpoint(
                .get, "\(Self.path)/{probe}/runs/{run}", .permission(.probesRead), tag: "probes",
                summary: "Read a run and what it has found so far", answers: [.init(200, "the run", ProbeSchema.run)]
            ) { call in try await showRun(call) },
        ]
    }

    private func start(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let probe = try require(call, in: transaction)
            let name = probe.definition.name
            guard call.principal.mayCall(deployment: probe.definition.deployment) else {
                throw Problem(
                    status: 403, title: "Forbidden",
                    detail: "the key may not call the deployment \(probe.definition.deployment)")
            }
            guard try ProbeRunStore.unfinishedCount(of: probe, in: transaction) < Self.unfinishedMax else {
                throw Problem.conflict("the probe \(name) has \(Self.unfinishedMax) runs to finish first")
            }
            let run = ProbeRunRecord(
                id: mutations.identifiers.next(), probe: probe, at: mutations.clock.now(), by: call.principal.actor)
            try ProbeRunStore.insert(run, in: transaction)
            transaction.afterCommit { scheduler.ring() }
            let json = run.json()
            return Mutation(
                .resource(json, status: 202, location: "\(Self.path)/\(name)/runs/\(run.id)"),
                audit: [.init(action: "probe.run", resource: "probes/\(name)/runs/\(run.id)", after: json)])
        }
    }

    private func listRuns(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let before = try page.nameAfter()
        let rows = try await control.read { connection in
            let probe = try require(call, in: connection)
            return try ProbeRunStore.page(of: probe, before: before, count: page.fetchCount, in: connection)
        }
        var items = [(id: String, json: JSONValue)]()
        for run in rows { items.append((run.id, try await withResults(run))) }
        return .value(page.answer(items, key: { [.string($0.id)] }, item: \.json))
    }

    private func showRun(_ call: Call) async throws -> Response {
        let run = try await control.read { connection in
            let probe = try require(call, in: connection)
            let id = call.parameter("run")
            guard let found = try ProbeRunStore.find(id, of: probe, in: connection) else {
                throw Problem.notFound("run \(id) of the probe \(probe.definition.name)")
            }
            return found
        }
        return .resource(try await withResults(run))
    }

    private func withResults(_ run: ProbeRunRecord) async throws -> JSONValue {
        run.json(run.state == .queued ? [] : try await scheduler.scores.tally(run: run.id))
    }
}

extension Page {
    /// The cursor of a list that is sorted by one text; nil on the first page.
    func nameAfter() throws -> String? {
        guard let after else { return nil }
        guard let text = after[0].stringValue else {
            throw Problem.invalid("query/cursor", "is not a cursor of this list")
        }
        return text
    }
}

import Domain
import HTTP
import JSON
import Migrations
import REST
import SQL
import Support
import Synchronization
import Telemetry
import Testing

@testable import Monitor

/// Probes over real files: the clock is moved by hand, calls are answered by a closure, and the end of a run is told.
final class MonitorHarness: Sendable {
    let plane: ControlPlaneHarness
    let telemetry: SQLiteDatabase
    let scheduler: ProbeScheduler
    let routing: Snapshot<RoutingTable>
    let datasets: DatasetShelf
    private let ended: AsyncStream<String>

    init(
        settings: ProbeScheduler.Settings = .init(), pinned: @escaping ProbeSources.Pinned = { _, _, _, _ in nil },
        call: @escaping ProbeSources.Call
    ) async throws {
        let directory = try TemporaryDirectory("telemetry")
        let telemetry = try SQLiteDatabase(
            SQLiteOptions(path: directory.file("telemetry.sqlite")), migrations: Migrations.telemetry)
        let routing = Snapshot(RoutingTable([Self.deployment()]))
        let datasets = DatasetShelf(directory: directory)
        let (ended, continuation) = AsyncStream.makeStream(of: String.self)
        let made = Mutex<ProbeScheduler?>(nil)
        plane = try await ControlPlaneHarness { control, mutations in
            let scheduler = ProbeScheduler(
                control: control, telemetry: ScoreStore(database: telemetry), routing: routing, pinned: pinned,
                examples: { project, dataset in try datasets.examples(project, dataset) }, call: call,
                clock: mutations.clock, identifiers: mutations.identifiers, settings: settings,
                ended: { continuation.yield($0) })
            made.withLock { $0 = scheduler }
            return ProbeEndpoints(control: control, mutations: mutations, scheduler: scheduler).endpoints
        }
        scheduler = try #require(made.withLock { $0 })
        self.telemetry = telemetry
        self.routing = routing
        self.datasets = datasets
        self.ended = ended
    }

    /// The same files, as the next process finds them.
    func successor(
        settings: ProbeScheduler.Settings = .init(), pinned: @escaping ProbeSources.Pinned = { _, _, _, _ in nil },
        ended: @escaping @Sendable (String) -> Void, call: @escaping ProbeSources.Call
    ) -> ProbeScheduler {
        ProbeScheduler(
            control: plane.control, telemetry: ScoreStore(database: telemetry), routing: routing, pinned: pinned,
            examples: { [datasets] project, dataset in try datasets.examples(project, dataset) }, call: call,
            clock: plane.mutations.clock, identifiers: plane.mutations.identifiers, settings: settings, ended: ended)
    }

    func send(
        _ method: Method, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = [],
        as key: String = "admin"
    ) async -> Reply {
        await plane.send(method, "/api/v1" + path, body, headers: headers, as: key)
    }

    /// Runs the scheduler while `body` runs, then ends it.
    func running<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [scheduler] in await scheduler.run() }
            let result = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    /// Waits until `count` runs have ended.
    func runsEnded(_ count: Int = 1) async {
        var left = count
        for await _ in ended {
            left -= 1
            if left == 0 { return }
        }
    }

    func advance(seconds: Int) {
        plane.clock.advance(milliseconds: Int64(seconds) * 1_000)
        scheduler.ring()
    }

    /// Variants `control` (100) and `candidate` (0).
    static func deployment(revision: Int = 3, variants: [String] = ["control", "candidate"]) -> LiveDeployment {
        let provider = LiveProvider(
            id: "p", name: "p", kind: "openai", baseURL: "http://127.0.0.1:1/v1", credential: nil)
        return LiveDeployment(
            id: "d", project: "default", name: "support-bot", environment: "production", revision: revision,
            variants: variants.enumerated().map { index, name in
                LiveVariant(
                    name: name, weight: Weight(hundredths: index == 0 ? 10_000 : 0), provider: provider,
                    providerModel: "m", model: "m@1")
            })
    }

    static func probe(_ changes: JSONValue = [:]) -> JSONValue {
        let probe: JSONValue = [
            "name": "golden", "deployment": "support-bot", "dataset": "golden-set", "scorer": ["kind": "exact"],
        ]
        return probe.mergePatched(with: changes)
    }
}

import Domain
import HTTP
import JSON
import Migrations
import REST
import SQL
import Support
import Synchronization
import Testing

@testable import Telemetry

/// Telemetry over a real file: routes as they are served, a queue and a writer that nothing runs but the test.
final class TelemetryHarness: Sendable {
    let directory: TemporaryDirectory
    let file: SQLiteDatabase
    /// The file as telemetry sees it.
    let database: FailingDatabase
    let queue: OutcomeQueue
    let writer: OutcomeWriter
    let totals = TrafficTotals()
    let plane: ControlPlaneHarness
    private let serial = Atomic<Int>(0)

    /// 2026-01-31T09:00:00Z, a whole hour; the harness's clock stands at 09:05:00.250.
    static let hour: Int64 = 1_769_850_000_000

    init(
        capacity: Int = 100_000, batch: Int = 1_000, bodyBytes: Int = 64 << 20, directory: TemporaryDirectory? = nil,
        options: (inout SQLiteOptions) -> Void = { _ in }
    ) async throws {
        let directory = try directory ?? TemporaryDirectory("telemetry")
        var chosen = SQLiteOptions(path: directory.file("telemetry.sqlite"))
        options(&chosen)
        let file = try SQLiteDatabase(chosen, migrations: Migrations.telemetry)
        let database = FailingDatabase(file)
        var settings = OutcomeWriter.Settings()
        settings.batchCountMax = batch
        settings.retryIntervalMilliseconds = 1
        let queue = OutcomeQueue(capacity: capacity, batchMax: batch, bodyBytesMax: bodyBytes)
        let writer = OutcomeWriter(queue: queue, database: database, totals: totals, settings: settings)
        plane = try await ControlPlaneHarness { _, mutations in
            let telemetry = Mutations(
                database: database, clock: mutations.clock, identifiers: mutations.identifiers,
                digest: ControlPlaneHarness.digest, sources: [:])
            return OutcomeEndpoints(database: database, writer: writer).endpoints
                + BodyEndpoints(database: database, writer: writer).endpoints
                + MetricEndpoints(database: database, writer: writer, clock: mutations.clock).endpoints
                + FeedbackEndpoints(database: database, mutations: telemetry, writer: writer).endpoints
        }
        self.directory = directory
        self.file = file
        self.database = database
        self.queue = queue
        self.writer = writer
    }

    /// An outcome of the variant `a` of `bot`, a second after `hour` unless told otherwise; ids rise.
    @discardableResult
    func record(at offset: Int64 = 1_000, _ change: (Outcome) -> Void = { _ in }) -> Outcome {
        let number = serial.add(1, ordering: .relaxed).newValue
        let outcome = Self.outcome(Self.id(number), at: Self.hour + offset, change)
        queue.record(outcome)
        return outcome
    }

    /// A ULID of the harness's hour, rising with `number` (below 100,000).
    static func id(_ number: Int) -> ULID {
        let digits = String(number)
        guard let id = ULID("01KG9MFMM00000000000" + String(repeating: "0", count: 6 - digits.count) + digits) else {
            preconditionFailure("\(number) has more than six digits")
        }
        return id
    }

    private static let arm = OutcomeArm.of()

    static func outcome(_ id: ULID, at moment: Int64, _ change: (Outcome) -> Void = { _ in }) -> Outcome {
        let outcome = Outcome(
            id: id, createdAt: Timestamp(milliseconds: moment), arm: Self.arm, unit: "u", probability: 0.5, status: .ok,
            isStream: false, latencyMilliseconds: 100, requestID: "r-\(id.text)", keyID: "k")
        change(outcome)
        return outcome
    }

    func send(
        _ method: Method, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = [],
        as key: String = "admin"
    ) async -> Reply {
        await plane.send(method, "/api/v1" + path, body, headers: headers, as: key)
    }

    func count(_ table: String) async throws -> Int {
        try await file.read { connection in
            try connection.first("SELECT count(*) FROM \(table)", []) { try $0.int(0) } ?? 0
        }
    }

    /// All windows of the file by their key.
    func windows() async throws -> [Window: WindowTotals] {
        try await file.read { connection in
            let sql = """
                SELECT a.project_id, a.deployment, a.environment, w.level_ms, w.start, a.variant, a.revision,
                       \(WindowTotals.columns)
                FROM windows w JOIN arms a ON a.id = w.arm_id
                """
            let rows = try connection.query(sql, []) { row in
                (
                    Window(
                        arm: ArmKey(
                            project: try row.text(0), deployment: try row.text(1), environment: try row.text(2),
                            variant: try row.text(5), revision: try row.int(6)),
                        level: try row.integer(3), start: try row.integer(4)), try WindowTotals(row, at: 7)
                )
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    /// Which traffic a window counts, and when.
    struct Window: Hashable {
        let arm: ArmKey
        let level: Int64
        let start: Int64
    }

    /// What the windows must be, counted anew from the outcomes alone.
    static func recomputed(_ outcomes: [Outcome]) -> [Window: WindowTotals] {
        var totals = [Window: WindowTotals]()
        for outcome in outcomes where outcome.origin == .traffic {
            for level in [10_000, 60_000, 3_600_000] as [Int64] {
                let key = Window(
                    arm: ArmKey(
                        project: outcome.project, deployment: outcome.deployment, environment: outcome.environment,
                        variant: outcome.variant, revision: outcome.revision),
                    level: level, start: outcome.createdAt.milliseconds / level * level)
                totals[key, default: WindowTotals()].add(outcome)
            }
        }
        return totals
    }

    func expectWindows(_ outcomes: [Outcome], _ location: SourceLocation = #_sourceLocation) async throws {
        let stored = try await windows()
        let expected = Self.recomputed(outcomes)
        #expect(Set(stored.keys) == Set(expected.keys), sourceLocation: location)
        for (key, totals) in expected {
            #expect(stored[key]?.values == totals.values, "\(key)", sourceLocation: location)
        }
    }
}

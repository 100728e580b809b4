import Domain
import Glibc
import HTTP
import JSON
import Migrations
import REST
import SQL
import Support
import Telemetry

/// Telemetry over real files in a directory of its own, which goes with it.
final class MeasuredStore: Sendable {
    struct Filled {
        let rowsPerSecond: Double
        let microsecondsPerRow: Double
        let bytesPerRow: Double
    }

    struct ControlWrites {
        let p99: Double
        let rowsPerSecond: Double
    }

    struct Wrong: Error {
        let what: String
    }

    private static let batchMax = 4_000
    private let directory: TemporaryDirectory
    private let file: SQLiteDatabase
    private let queue = OutcomeQueue(capacity: 100_000, batchMax: MeasuredStore.batchMax)
    private let writer: OutcomeWriter
    private let plane: ControlPlaneHarness

    init() async throws {
        let directory = try TemporaryDirectory("store")
        let file = try SQLiteDatabase(
            SQLiteOptions(path: directory.file("telemetry.sqlite")), migrations: Migrations.telemetry)
        let writer = OutcomeWriter(queue: queue, database: file, totals: TrafficTotals())
        plane = try await ControlPlaneHarness { _, mutations in
            OutcomeEndpoints(database: file, writer: writer).endpoints
                + MetricEndpoints(database: file, writer: writer, clock: mutations.clock).endpoints
        }
        self.directory = directory
        self.file = file
        self.writer = writer
    }

    /// Writes `rows` outcomes through the queue, as fast as it goes.
    func fill(_ rows: Int) async throws -> Filled {
        var traffic = GeneratedTraffic(total: rows)
        var wall = 0.0
        var cpu = 0.0
        for begin in stride(from: 0, to: rows, by: Self.batchMax) {
            let batch = (begin..<min(begin + Self.batchMax, rows)).map { _ in traffic.next() }
            let from = ProcessClock.now()
            for outcome in batch { queue.record(outcome) }
            try await writer.flush()
            let to = ProcessClock.now()
            wall += to.wall - from.wall
            cpu += to.cpu - from.cpu
        }
        try await file.checkpoint()
        var status = stat()
        guard stat(directory.file("telemetry.sqlite"), &status) == 0 else { throw Wrong(what: "no file") }
        return Filled(
            rowsPerSecond: Double(rows) / wall * 1_000, microsecondsPerRow: cpu / Double(rows) * 1_000,
            bytesPerRow: Double(status.st_size) / Double(rows))
    }

    /// Milliseconds of one request, from routing to the encoded answer.
    func median(of query: QueryMeasurement) async throws -> Double {
        var times = [Double]()
        for _ in 0..<21 {
            let from = ProcessClock.now().wall
            let reply = await plane.send(.get, query.path)
            times.append(ProcessClock.now().wall - from)
            guard reply.status == 200 else { throw Wrong(what: "\(query.path): \(reply.status)") }
        }
        return times.sorted()[times.count / 2]
    }

    /// 1,000 small durable writes to the control file, 2 ms apart.
    /// - Parameter rate: outcomes per second that are written meanwhile.
    func controlWrites(beside rate: Int?) async throws -> ControlWrites {
        try await withThrowingTaskGroup(of: Int.self) { group in
            let from = ProcessClock.now().wall
            if let rate { group.addTask { try await self.pacedInserts(rate) } }
            var times = [Double]()
            for number in 0..<1_000 {
                let begin = ProcessClock.now().wall
                try await plane.control.write { transaction in
                    try transaction.execute(
                        "INSERT INTO projects (id, name, created_at) VALUES ($1, $1, 0) ON CONFLICT DO NOTHING",
                        [.text("p\(rate ?? 0)-\(number)")])
                }
                times.append(ProcessClock.now().wall - begin)
                try await Task.sleep(for: .milliseconds(2))
            }
            let elapsed = ProcessClock.now().wall - from
            group.cancelAll()
            let inserted = try await group.next() ?? 0
            return ControlWrites(
                p99: times.sorted()[times.count * 99 / 100],
                rowsPerSecond: Double(inserted) / elapsed * 1_000)
        }
    }

    /// Until it is cancelled: a batch every 100 ms. Returns how many outcomes were written.
    private func pacedInserts(_ rate: Int) async throws -> Int {
        var traffic = GeneratedTraffic(total: 10_000_000)
        var count = 0
        let from = ProcessClock.now().wall
        while !Task.isCancelled {
            let due = Int((ProcessClock.now().wall - from) * Double(rate) / 1_000) - count
            for _ in 0..<due { queue.record(traffic.next()) }
            count += due
            do {
                try await writer.flush()
                try await Task.sleep(for: .milliseconds(100))
            } catch is CancellationError {
                break
            }
        }
        return count
    }

    func close() async {
        await file.close()
        await plane.control.close()
    }
}

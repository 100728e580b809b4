import Glibc

/// Whether ten million outcomes are still quick to ask and to add to: `make bench-store`. Prints a Markdown table, and
/// ends with 1 when a goal is missed.
@main
struct StoreBenchmark {
    static func main() async throws {
        let rows = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000_000
        let report = try await measured(rows)
        print(report.text)
        exit(report.isReached ? 0 : 1)
    }

    /// The store and its gigabyte are gone when it returns.
    private static func measured(_ rows: Int) async throws -> Report {
        let store = try await MeasuredStore()
        var report = Report()
        let started = ProcessClock.now()
        let filled = try await store.fill(rows)
        report.note(
            "\(rows) outcomes over 24 hours written in \(Int((ProcessClock.now().wall - started.wall) / 1_000)) s")
        report.row("inserts: rows/s", goal: "≥ 20,000", filled.rowsPerSecond.rounded(), filled.rowsPerSecond >= 20_000)
        report.row(
            "… CPU µs per outcome, generating not counted", goal: "≤ 3", filled.microsecondsPerRow,
            filled.microsecondsPerRow <= 3)
        report.row("… bytes per outcome in the file", goal: "", filled.bytesPerRow, true)
        for query in QueryMeasurement.all {
            let milliseconds = try await store.median(of: query)
            report.row(
                "\(query.name): median ms", goal: "≤ \(Int(query.goal))", milliseconds, milliseconds <= query.goal)
        }
        let alone = try await store.controlWrites(beside: nil)
        let beside = try await store.controlWrites(beside: 22_000)
        report.row("control write p99 alone, ms", goal: "", alone.p99, true)
        report.row(
            "control write p99 beside \(Int(beside.rowsPerSecond)) inserts/s, ms", goal: "≤ alone + 5", beside.p99,
            beside.p99 <= alone.p99 + 5 && beside.rowsPerSecond >= 20_000)
        await store.close()
        return report
    }
}

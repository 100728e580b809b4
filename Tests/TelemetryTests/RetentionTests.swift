import Domain
import HTTP
import JSON
import REST
import SQL
import Support
import Testing

@testable import Telemetry

@Suite struct RetentionTests {
    private static let day: Int64 = 86_400_000

    private func sweeper(
        _ harness: TelemetryHarness, rowsMax: Int = 1_024, _ days: [TelemetryKind: Int]
    ) -> Retention {
        var settings = RetentionSettings()
        settings.days = days
        settings.rowsMax = rowsMax
        settings.pauseMilliseconds = 0
        return Retention(
            database: harness.database, settings: settings, clock: WallClock { harness.plane.clock.now })
    }

    @Test func oldOutcomesGoByZonesAndTheOthersAreFoundAsBefore() async throws {
        let harness = try await TelemetryHarness(batch: 500)
        // The harness's clock stands five minutes after its hour: the first 2,600 are older than ten days.
        let all = (0..<5_000).map { number in
            harness.record(at: (number < 2_600 ? -11 : -9) * Self.day + Int64(number)) { $0.unit = "u\(number % 7)" }
        }
        try await harness.writer.flush()
        let retention = sweeper(harness, [.outcomes: 10])
        try await retention.sweep()
        #expect(retention.deleted(.outcomes) == 2_600)
        #expect(try await harness.count("outcomes") == 2_400)
        // Two zones were old as a whole, the third in part.
        #expect(try await harness.count("zones") == 2)
        #expect(try await harness.count("zone_terms") == 2 * 3)
        #expect(await harness.send(.get, "/outcomes/\(all[2_599].id)").status == 404)
        #expect(await harness.send(.get, "/outcomes/\(all[2_600].id)").status == 200)
        let found = await harness.send(.get, "/outcomes?unit=u3&limit=500").items.compactMap { $0["id"]?.stringValue }
        #expect(found == all[2_600...].filter { $0.unit == "u3" }.map(\.id.text).reversed())
        try await retention.sweep()
        #expect(retention.deleted(.outcomes) == 2_600)
        #expect(
            retention.families()[0].samples.first { $0.labels[0].value == "outcomes" }?.value == 2_600)
    }

    @Test func whenAllAreOldTheFileIsEmptyAndWhatComesIsKeptAndFound() async throws {
        let harness = try await TelemetryHarness(batch: 500)
        for number in 0..<1_500 { harness.record(at: -20 * Self.day + Int64(number)) }
        try await harness.writer.flush()
        let retention = sweeper(harness, [.outcomes: 10])
        try await retention.sweep()
        for table in ["outcomes", "zones", "zone_terms"] { #expect(try await harness.count(table) == 0, "\(table)") }
        let later = (0..<3_000).map { harness.record(at: Int64($0)) }
        try await harness.writer.flush()
        #expect(await harness.send(.get, "/outcomes/\(later[0].id)").status == 200)
        #expect(await harness.send(.get, "/outcomes").items.first?["id"] == .string(later[2_999].id.text))
        // A writer that begins on such a file counts on from what is there.
        try await retention.sweep()
        await harness.file.close()
        let next = try await TelemetryHarness(batch: 500, directory: harness.directory)
        next.queue.record(TelemetryHarness.outcome(TelemetryHarness.id(90_000), at: TelemetryHarness.hour))
        try await next.writer.flush()
        #expect(try await next.count("outcomes") == 3_001)
    }

    @Test func eachKindHasATimeOfItsOwnAndAStepIsSmall() async throws {
        let harness = try await TelemetryHarness()
        for hour in 0..<48 { harness.record(at: -Int64(hour) * 3_600_000) }
        try await harness.writer.flush()
        let levels = { (level: Int64) in
            try await harness.file.read { connection in
                try connection.query("SELECT start FROM windows WHERE level_ms = \(level)") { try $0.integer(0) }
            }
        }
        let commits = harness.file.statistics.commits
        let retention = sweeper(
            harness, rowsMax: 5, [.tenSecondWindows: 1, .minuteWindows: 1, .hourWindows: 1, .outcomes: 3])
        try await retention.sweep()
        let now = harness.plane.clock.now.milliseconds
        // Yesterday's at nine ended before 09:05:00.250 yesterday, but for the one that is an hour long.
        for (level, count) in zip(WindowKey.levels, [24, 24, 25]) {
            let left = try await levels(level)
            #expect(left.count == count, "\(level)")
            #expect(left.allSatisfy { $0 >= now - Self.day - level })
        }
        #expect(retention.deleted(.tenSecondWindows) == 24)
        #expect(retention.deleted(.outcomes) == 0)
        #expect(harness.file.statistics.commits - commits >= 3 * 5)
    }

    @Test func aCoarseWindowIsKeptAsLongAsAFinerOneAndNothingForEverIsTouched() {
        var settings = RetentionSettings()
        settings.days = [.tenSecondWindows: 30, .minuteWindows: 7, .outcomes: 1]
        let now = 100 * Self.day
        #expect(settings.cutoff(.minuteWindows, now: now) == 70 * Self.day)
        #expect(settings.cutoff(.hourWindows, now: now) == nil)
        #expect(settings.cutoff(.feedback, now: now) == nil)
        #expect(settings.keptSince(level: 3_600_000, now: now) == .min)
        #expect(settings.keptSince(level: 60_000, now: now + 1) == 70 * Self.day + 60_000)
    }

    @Test func feedbackAndScoresGoByTheirAge() async throws {
        let harness = try await TelemetryHarness()
        harness.record()
        let clock = harness.plane.clock
        for _ in 0..<3 {
            let made = await harness.send(
                .post, "/feedback",
                ["outcome_id": .string(TelemetryHarness.id(1).text), "name": "ok", "value": 1, "source": "code"])
            #expect(made.status == 201)
            let run = harness.plane.mutations.identifiers.next()
            let score = ProbeScore(
                runID: run, variant: "a", exampleID: "1", project: "default", probe: "golden", deployment: "bot",
                environment: "production", revision: 1, outcomeID: "o", score: 1, passed: true, reason: nil,
                createdAt: clock.now)
            try await ScoreStore(database: harness.file).record([score])
            clock.advance(milliseconds: 10 * Self.day)
        }
        // Written 30, 20 and 10 days ago.
        let retention = sweeper(harness, rowsMax: 1, [.feedback: 15, .probeScores: 25])
        try await retention.sweep()
        #expect(try await harness.count("feedback") == 1)
        #expect(try await harness.count("probe_scores") == 2)
        #expect(retention.deleted(.feedback) == 2)
        #expect(retention.deleted(.probeScores) == 1)
    }

    @Test func whatIsFinerThanIsKeptIsRefusedAndASummaryWidensToWhatIs() async throws {
        let harness = try await TelemetryHarness()
        harness.record(at: -20 * Self.day + 1_000)
        try await harness.writer.flush()
        let from = TelemetryHarness.hour - 20 * Self.day
        let query = "deployment=bot&from=\(from + 500)&to=\(from + 10_000)"
        let reply = await harness.send(.get, "/metrics/series?metric=requests&step=10s&\(query)")
        #expect(reply.status == 422)
        #expect(reply.pointers == ["query/step"])
        #expect(await harness.send(.get, "/metrics/series?metric=requests&step=60s&\(query)").status == 200)
        // Ten-second windows are kept for 14 days: the ends are whole minutes.
        let summary = await harness.send(.get, "/metrics/summary?\(query)").json
        #expect(summary["from"] == .string(Timestamp(milliseconds: from).text))
        #expect(summary["to"] == .string(Timestamp(milliseconds: from + 60_000).text))
        #expect(summary["groups"]?[0]?["requests"] == 1)
    }
}

import Domain
import SQL
import Support
import Testing

@testable import Telemetry

@Suite struct WindowTests {
    private static let statuses = OutcomeStatus.allCases

    /// Traffic of two deployments around the borders of windows, a tenth of it late by up to two hours.
    private func traffic(_ harness: TelemetryHarness, count: Int, seed: UInt64) -> [Outcome] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            var offset = Int64(number) * 700
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: offset -= Int64.random(in: 0...7_200_000, using: &generator)
            case 1: offset = offset / 10_000 * 10_000
            case 2: offset = offset / 60_000 * 60_000 - 1
            case 3: offset = offset / 3_600_000 * 3_600_000
            default: break
            }
            return harness.record(at: offset) { outcome in
                outcome.arm = outcome.arm.with(
                    project: Int.random(in: 0..<8, using: &generator) == 0 ? "other" : "default",
                    deployment: Bool.random(using: &generator) ? "bot" : "other-bot",
                    environment: Int.random(in: 0..<8, using: &generator) == 0 ? "staging" : "production",
                    revision: Int.random(in: 1...2, using: &generator),
                    variant: ["a", "b", "c"].randomElement(using: &generator) ?? "a")
                outcome.status = Self.statuses.randomElement(using: &generator) ?? .ok
                outcome.latencyMilliseconds = Double.random(in: 0...5_000, using: &generator)
                if Bool.random(using: &generator) { outcome.firstTokenMilliseconds = outcome.latencyMilliseconds / 3 }
                if Bool.random(using: &generator) { outcome.tokens = .init(input: 11, output: 7) }
                if Bool.random(using: &generator) { outcome.costMicroUSD = Int64.random(in: 0...90, using: &generator) }
                if Int.random(in: 0..<12, using: &generator) == 0 { outcome.origin = .probe }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func windowsOfAllLevelsAreWhatACountOfTheOutcomesGives(_ seed: UInt64) async throws {
        let harness = try await TelemetryHarness(batch: 37)
        var outcomes = traffic(harness, count: 400, seed: seed)
        try await harness.writer.flush()
        try await harness.expectWindows(outcomes)
        outcomes += traffic(harness, count: 150, seed: seed + 100)
        try await harness.writer.flush()
        try await harness.expectWindows(outcomes)
    }

    @Test func windowsGoOnWhereTheFileLeftThemAfterItIsOpenedAnew() async throws {
        let first = try await TelemetryHarness(batch: 37)
        var outcomes = traffic(first, count: 200, seed: 4)
        try await first.writer.flush()
        await first.file.close()
        let second = try await TelemetryHarness(batch: 41, directory: first.directory)
        for number in 0..<200 {
            let outcome = TelemetryHarness.outcome(
                TelemetryHarness.id(50_000 + number), at: TelemetryHarness.hour + Int64(number) * 650)
            second.queue.record(outcome)
            outcomes.append(outcome)
        }
        try await second.writer.flush()
        try await second.expectWindows(outcomes)
    }

    @Test func windowsThatWereForgottenForWantOfMemoryAreReadBack() async throws {
        let harness = try await TelemetryHarness(batch: 1_000)
        // Each revision has windows of its own: more than are kept.
        func traffic() -> [Outcome] {
            (1...(OpenWindows.countMax / WindowKey.levels.count + 200)).map { number in
                harness.record { $0.arm = $0.arm.with(revision: number) }
            }
        }
        var outcomes = traffic()
        try await harness.writer.flush()
        outcomes += traffic()
        try await harness.writer.flush()
        try await harness.expectWindows(outcomes)
    }

    @Test func windowsOfThePastAreForgottenAndReadBackForWhoComesLate() async throws {
        let harness = try await TelemetryHarness()
        var windows = OpenWindows()
        var outcomes: [Outcome] = []
        var counts: [Int] = []
        for number in 0..<300 {
            let moment = Int64(number) * 10_000
            // Every fiftieth is counted in the first window of all as well.
            for offset in number % 50 == 49 ? [moment, 0] : [moment] {
                outcomes.append(TelemetryHarness.outcome(TelemetryHarness.id(outcomes.count), at: offset))
            }
            let batch = outcomes.suffix(number % 50 == 49 ? 2 : 1)
            windows = try await harness.file.write { [windows] transaction in
                var (windows, profiles, tally) = (windows, ProfileTable(), BatchTally())
                for outcome in batch { tally.add(outcome, try profiles.profile(of: outcome, in: transaction)) }
                try windows.add(tally, in: transaction)
                return windows
            }
            counts.append(windows.count)
        }
        try await harness.expectWindows(outcomes)
        // Of ten seconds those of the grace and the one that runs, of minutes two or three, one hour or two.
        #expect(counts.allSatisfy { $0 <= Int(OpenWindows.graceMilliseconds / 10_000) + 1 + 3 + 2 })
    }

    @Test func windowsOfRevisionsThatWereReplacedAreForgottenBeforeTheirHourEnds() async throws {
        let harness = try await TelemetryHarness()
        var windows = OpenWindows()
        var outcomes: [Outcome] = []
        var counts: [Int] = []
        // A new revision every ten seconds, for half an hour.
        for number in 0..<180 {
            let outcome = TelemetryHarness.outcome(TelemetryHarness.id(number), at: Int64(number) * 10_000) {
                $0.arm = $0.arm.with(revision: number + 1)
            }
            outcomes.append(outcome)
            windows = try await harness.file.write { [windows] transaction in
                var (windows, profiles, tally) = (windows, ProfileTable(), BatchTally())
                tally.add(outcome, try profiles.profile(of: outcome, in: transaction))
                try windows.add(tally, in: transaction)
                return windows
            }
            counts.append(windows.count)
        }
        try await harness.expectWindows(outcomes)
        let revisionsAtOnce = Int(OpenWindows.graceMilliseconds / 10_000)
        #expect(counts.allSatisfy { $0 <= revisionsAtOnce * WindowKey.levels.count })
    }

    @Test func probesAndRequestsToNoDeploymentAreKeptButNotCounted() async throws {
        let harness = try await TelemetryHarness()
        harness.record { $0.origin = .probe }
        harness.record {
            $0.arm = $0.arm.with(deployment: "")
            $0.status = .invalidRequest
        }
        try await harness.writer.flush()
        #expect(try await harness.windows().isEmpty)
        #expect(try await harness.count("outcomes") == 2)
        // Scraping shows the refused request, under no deployment, and not the probe.
        #expect(harness.totals.families()[0].samples.map(\.value) == [1])
    }

    @Test func piecesCoverASpanExactlyOnceWithWholeWindows() {
        var generator = SeededGenerator(seed: 9)
        let levels = WindowKey.levels
        for _ in 0..<3_000 {
            let low = Int64.random(in: -2_000...2_000, using: &generator) * 10_000
            let high = low + Int64.random(in: 0...2_000, using: &generator) * 10_000
            let pieces = WindowSpan.pieces(low..<high)
            var position = low
            for piece in pieces {
                #expect(piece.range.lowerBound == position)
                #expect(!piece.range.isEmpty)
                #expect(piece.range.lowerBound % piece.level == 0 && piece.range.upperBound % piece.level == 0)
                #expect(levels.contains(piece.level))
                position = piece.range.upperBound
            }
            #expect(position == high)
            #expect(pieces.count <= 5)
        }
        #expect(
            WindowSpan.pieces(3_590_000..<7_270_000) == [
                .init(level: 10_000, range: 3_590_000..<3_600_000),
                .init(level: 3_600_000, range: 3_600_000..<7_200_000),
                .init(level: 60_000, range: 7_200_000..<7_260_000),
                .init(level: 10_000, range: 7_260_000..<7_270_000),
            ])
        #expect(WindowSpan.aligned(9_999..<10_001) == 0..<20_000)
        #expect(WindowSpan.aligned(-1..<0) == -10_000..<0)
    }
}

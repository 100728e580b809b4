import Domain
import Support
import Testing

@testable import Telemetry

@Suite struct ScoreStoreTests {
    private static func score(_ run: String, _ variant: String, _ example: String, _ passed: Bool?) -> ProbeScore {
        ProbeScore(
            runID: run, variant: variant, exampleID: example, project: "default", probe: "golden", deployment: "bot",
            environment: "production", revision: 1, outcomeID: "o", score: passed.map { $0 ? 1 : 0 }, passed: passed,
            reason: passed == nil ? "timeout" : nil, createdAt: Timestamp(milliseconds: TelemetryHarness.hour))
    }

    @Test func aScoreIsWrittenOnceAndTheFirstOneStays() async throws {
        let harness = try await TelemetryHarness()
        let store = ScoreStore(database: harness.file)
        try await store.record([])
        try await store.record([Self.score("r", "a", "1", true), Self.score("r", "a", "2", nil)])
        // A resumed run brings what it had scored before, with another verdict.
        try await store.record([
            Self.score("r", "a", "1", false), Self.score("r", "b", "1", false), Self.score("s", "a", "1", false),
        ])
        #expect(
            try await store.scored(run: "r") == [
                .init(variant: "a", exampleID: "1"), .init(variant: "a", exampleID: "2"),
                .init(variant: "b", exampleID: "1"),
            ])
        #expect(
            try await store.tally(run: "r") == [
                .init(variant: "a", scored: 1, passed: 1, errors: 1),
                .init(variant: "b", scored: 1, passed: 0, errors: 0),
            ])
        #expect(try await store.tally(run: "none").isEmpty)
        #expect(try await store.scored(run: "none").isEmpty)
    }
}

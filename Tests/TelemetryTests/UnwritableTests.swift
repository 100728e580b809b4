import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Telemetry

@Suite struct UnwritableTests {
    @Test func whatCannotBeWrittenIsSetAsideCountedAndHoldsUpNothing() async throws {
        let harness = try await TelemetryHarness(batch: 5)
        var good = [Outcome]()
        for number in 0..<20 {
            good.append(harness.record { $0.unit = "u\(number)" })
            switch number {
            case 1: harness.record { $0.latencyMilliseconds = .nan }
            case 3: harness.record { $0.latencyMilliseconds = -.infinity }
            case 5: harness.record { $0.firstTokenMilliseconds = .infinity }
            case 7: harness.record { $0.probability = .nan }
            case 11:
                harness.record {
                    $0.attempts = [
                        Attempt($0.arm, status: nil, latencyMilliseconds: -1, error: "x")
                    ]
                }
            default: break
            }
        }
        try await harness.writer.flush()
        #expect(try await harness.count("outcomes") == 20)
        try await harness.expectWindows(good)
        #expect(harness.queue.counts == .init(recorded: 25, settled: 25, dropped: 5))
        #expect(harness.writer.failedBatches == 0)
        let families = WriterMetrics(queue: harness.queue, writer: harness.writer).families()
        #expect(families.first { $0.name == "signalbox_outcomes_unwritable" }?.samples.map(\.value) == [5])
    }

    @Test func aRowThatTheFileRefusesIsSetAsideAndTheNumbersHaveNoGap() async throws {
        let harness = try await TelemetryHarness(batch: 4)
        try await harness.file.write { transaction in
            try transaction.execute(
                """
                CREATE TRIGGER refusal BEFORE INSERT ON outcomes WHEN new.unit = 'refused'
                BEGIN SELECT RAISE(ABORT, 'refused'); END
                """)
        }
        var good = [Outcome]()
        for number in 0..<10 {
            if number % 3 == 0 { harness.record { $0.unit = "refused" } } else { good.append(harness.record()) }
        }
        try await harness.writer.flush()
        try await harness.expectWindows(good)
        #expect(harness.writer.setAside == 4)
        #expect(await harness.send(.get, "/outcomes").items.count == good.count)
        let numbers = try await harness.file.read { try $0.query("SELECT seq FROM outcomes") { try $0.int(0) } }
        #expect(numbers == Array(0..<good.count))
    }
}

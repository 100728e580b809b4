import Domain
import SQL
import Support
import Testing

@testable import Telemetry

@Suite struct ProfileTableTests {
    /// As the writer does with a batch.
    private func meet(
        _ outcomes: [Outcome], at moment: Int64, _ table: ProfileTable, _ harness: TelemetryHarness
    ) async throws -> (table: ProfileTable, ids: [Int64]) {
        try await harness.file.write { [table] transaction in
            var table = table
            table.age(to: moment)
            let ids = try outcomes.map { try table.profile(of: $0, in: transaction).id }
            return (table, ids)
        }
    }

    private func outcome(_ number: Int, at moment: Int64, named name: String = "bot", revision: Int = 1) -> Outcome {
        TelemetryHarness.outcome(TelemetryHarness.id(number), at: moment) {
            $0.arm = $0.arm.with(deployment: name, revision: revision)
        }
    }

    @Test func whatIsNotMetAnyMoreIsLetGoOfAndFoundInTheFileAgain() async throws {
        let harness = try await TelemetryHarness()
        var table = ProfileTable()
        var first: [Int64] = []
        var counts: [Int] = []
        // Ten minutes of ever new revisions, and one deployment that goes on.
        for minute in 0..<10 {
            let moment = Int64(minute) * ProfileTable.periodMilliseconds
            let batch =
                (0..<300).map { outcome($0, at: moment, revision: minute * 300 + $0 + 1) }
                + [outcome(0, at: moment, named: "constant")]
            let met = try await meet(batch, at: moment, table, harness)
            table = met.table
            counts.append(table.count)
            if minute == 0 { first = met.ids }
            #expect(met.ids.last == first.last)
        }
        #expect(counts.allSatisfy { $0 <= 2 * 301 })
        let again = try await meet(
            (0..<300).map { outcome($0, at: 0, revision: $0 + 1) }, at: 9 * ProfileTable.periodMilliseconds, table,
            harness)
        #expect(again.ids == Array(first.dropLast()))
        #expect(try await harness.count("profiles") == 3_001)
        #expect(try await harness.count("arms") == 3_001)
    }

    @Test func namesThatACallerMakesUpInOneMinuteAreKeptUpToTheBound() async throws {
        let harness = try await TelemetryHarness()
        let names = ProfileTable.countMax + 500
        let batch = (0..<names).map { number in
            let outcome = outcome(number, at: 1, named: "made-up-\(number)")
            outcome.arm = outcome.arm.with(deploymentID: "")
            outcome.status = .invalidRequest
            return outcome
        }
        let met = try await meet(batch, at: 1, ProfileTable(), harness)
        #expect(met.table.count <= ProfileTable.countMax)
        #expect(Set(met.ids).count == names)
        #expect(try await harness.count("arms") == 1)
    }

    @Test func aClockThatGoesBackAgesToo() async throws {
        let harness = try await TelemetryHarness()
        var table = ProfileTable()
        for turn in 0..<20 {
            let moment = -Int64(turn) * ProfileTable.periodMilliseconds
            table = try await meet([outcome(turn, at: moment, revision: turn + 1)], at: moment, table, harness).table
            #expect(table.count <= 2)
        }
    }
}

import Domain
import SQL
import Support
import Testing

@testable import Telemetry

/// What a meeting says is what the outcome's own values say.
@Suite struct ProfileMeetingTests {
    /// Few arms, which outcomes share as in life, and every other value of a profile at random.
    private static func outcome(_ number: Int, _ arms: [OutcomeArm], _ generator: inout SeededGenerator) -> Outcome {
        func one<T>(_ values: [T]) -> T { values[Int(generator.next() % UInt64(values.count))] }
        let arm = one(arms)
        let outcome = Outcome(
            id: TelemetryHarness.id(number), createdAt: Timestamp(milliseconds: TelemetryHarness.hour), arm: arm,
            unit: "u", probability: one([0.5, 0.25]), status: one([.ok, .upstreamError]), isStream: one([true, false]),
            latencyMilliseconds: 1, requestID: "r",
            keyID: one(["01KG9MFMM00000000000000001", "01KG9MFMM10000000000000001"]))
        outcome.origin = one([.traffic, .probe])
        outcome.served = one([nil, arm, arms[0]])
        outcome.finishReason = one([nil, "stop", "length"])
        switch generator.next() % 4 {
        case 0: break
        case 1: outcome.add(Attempt(arm, status: 200, latencyMilliseconds: 1, error: nil))
        case 2: outcome.add(Attempt(arm, status: 500, latencyMilliseconds: 1, error: "http_500"))
        default:
            outcome.add(Attempt(arms[1], status: 503, latencyMilliseconds: 1, error: "http_503"))
            outcome.add(Attempt(arm, status: 200, latencyMilliseconds: 1, error: nil))
        }
        return outcome
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyOutcomeIsOfTheProfileThatItsValuesMake(seed: UInt64) async throws {
        let harness = try await TelemetryHarness()
        var generator = SeededGenerator(seed: seed)
        let arms: [OutcomeArm] = [
            .of(variant: "a", provider: "p"), .of(variant: "b", provider: "q", prompt: "s@1"),
            .of(deployment: "other", variant: "a", provider: "p"),
        ]
        let outcomes = (0..<4_000).map { Self.outcome($0, arms, &generator) }
        let wrong = try await harness.file.write { transaction in
            var table = ProfileTable()
            return try outcomes.count { outcome in
                try table.profile(of: outcome, in: transaction).key != ProfileKey(outcome)
            }
        }
        #expect(wrong == 0)
        #expect(try await harness.count("profiles") == Set(outcomes.map { ProfileKey($0) }).count)
    }
}

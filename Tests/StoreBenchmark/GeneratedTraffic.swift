import Domain
import Support

/// Outcomes as a busy installation has them: four deployments with two variants, 20,000 users, a few things that are
/// rare.
struct GeneratedTraffic {
    /// Where the clock of the harness stands.
    static let end: Int64 = 1_769_850_300_250
    private static let day: Int64 = 86_400_000
    private static let variants = ["control", "candidate"]
    private static let deployments = ["bot-1", "bot-2", "bot-3", "bot-4"]
    private static let units = (0..<20_000).map { "user-\($0)" }
    private static let languages = (0..<12).map { "l\($0)" }

    private var generator = SeededGenerator(seed: 1)
    private let hand: HandMoment
    private let identifiers: IdentifierGenerator
    private let total: Int
    private var number = 0
    private var arms: [String: OutcomeArm] = [:]

    init(total: Int) {
        let hand = HandMoment()
        self.hand = hand
        self.total = total
        identifiers = IdentifierGenerator(
            clock: WallClock { Timestamp(milliseconds: hand.milliseconds) }, random: SeededGenerator(seed: 2))
    }

    mutating func next() -> Outcome {
        number += 1
        hand.milliseconds = Self.end - Self.day + Int64(Double(number) / Double(total) * Double(Self.day - 1_000))
        let bits = generator.next()
        let variant = Self.variants[bits % 10 == 0 ? 1 : 0]
        let outcome = Outcome(
            id: identifiers.next(at: Timestamp(milliseconds: hand.milliseconds)),
            createdAt: Timestamp(milliseconds: hand.milliseconds),
            arm: arm(
                number % 1_000_003 == 9 ? "rare-bot" : Self.deployments[Int(bits >> 8 & 3)],
                bits >> 10 & 15 == 0 ? "staging" : "production", revision: 1 + number * 3 / total, variant),
            unit: Self.units[Int(bits >> 16 % 20_000)], probability: variant == "control" ? 0.9 : 0.1, status: .ok,
            isStream: false, latencyMilliseconds: Double(bits >> 40 & 0xFFFF) / 20 + 1,
            requestID: "request-\(number)", keyID: "01KG9MFMM00000000000000001")
        outcome.served = outcome.arm
        outcome.finishReason = "stop"
        outcome.tokens = .init(input: Int64(bits >> 32 & 1_023), output: Int64(bits >> 42 & 511))
        outcome.costMicroUSD = Int64(bits >> 32 & 0xFFFF)
        outcome.attempts = [
            Attempt(
                outcome.arm, status: 200, latencyMilliseconds: outcome.latencyMilliseconds - 0.2, error: nil)
        ]
        if number % 4 == 0 { outcome.slices = [(name: "language", value: Self.languages[Int(bits >> 20 % 12)])] }
        makeRare(outcome)
        return outcome
    }

    /// As in life, outcomes of one revision point at the same.
    private mutating func arm(
        _ deployment: String, _ environment: String, revision: Int, _ variant: String
    ) -> OutcomeArm {
        let name = "\(deployment) \(environment) \(revision) \(variant)"
        if let known = arms[name] { return known }
        let made = OutcomeArm.of(
            deploymentID: "01KG9MFMM00000000000000000", deployment: deployment, environment: environment,
            revision: revision, variant: variant, provider: "openai", model: "support-model@7",
            prompt: "support-prompt@12")
        arms[name] = made
        return made
    }

    private func makeRare(_ outcome: Outcome) {
        if number % 500 == 1 {
            outcome.status = .upstreamError
            outcome.error = "http_503"
            outcome.served = nil
        }
        if number % 2_000_003 == 7 {
            outcome.status = .blocked
            outcome.arm = outcome.arm.with(deployment: "bot-4")
        }
        if number % 3_000_017 == 11 { outcome.slices.append((name: "domain", value: "legal")) }
        if number % 10_000 == 3 { outcome.origin = .probe }
    }
}

/// The record of one inference: filled in while it runs, by the one task that runs it, and never changed after it was
/// given to the recorder. Behind one reference, since on its way it is passed from hand to hand.
package final class Outcome: @unchecked Sendable {
    // @unchecked: one task writes, and lets go before anybody else reads.

    package enum Origin: String, Sendable, CaseIterable {
        /// What callers sent.
        case traffic
        /// What the monitor sent; shown when asked for, never counted as traffic.
        case probe
        /// What a batch sent for its caller: it counts as spent, and not as traffic, whose latency is another.
        case batch
        /// What a shadow was sent, as a copy of what a caller sent; shown when asked for, never counted as traffic.
        case mirror
        /// What the cache asked for on behalf of a caller: the vector of a question. It counts as spent, and not as
        /// traffic.
        case cache
    }

    package struct Tokens: Sendable, Hashable {
        /// All of it, `cached` and `cacheWritten` included, whatever the provider counts apart.
        package var input: Int64
        /// All of it, `reasoning` included.
        package var output: Int64
        /// Of the input: read from the provider's cache.
        package var cached: Int64
        /// Of the input: written to the provider's cache, where that has a price of its own. Not stored.
        package var cacheWritten: Int64
        /// Of those: to stay there for an hour, which costs more than the shortest time that is sold.
        package var cacheWrittenLong: Int64 = 0
        /// Of the output: thought and not said.
        package var reasoning: Int64

        package init(
            input: Int64, output: Int64, cached: Int64 = 0, cacheWritten: Int64 = 0, reasoning: Int64 = 0
        ) {
            self.input = input
            self.output = output
            self.cached = cached
            self.cacheWritten = cacheWritten
            self.reasoning = reasoning
        }
    }

    /// What an inference was counted by.
    package struct Meters: Sendable {
        /// Of the key and its project.
        package var caller: [Meter] = []
        package var deployment: Meter?

        package init() {}
    }

    package let id: ULID
    package var createdAt: Timestamp
    package var origin: Origin = .traffic
    /// Which operation was called, as its path under `/v1/`.
    package var surface = "chat/completions"
    /// Assigned: what experiments compare.
    package var arm: OutcomeArm
    /// What answered, after a fallback; nil when nothing did.
    package var served: OutcomeArm?
    package var unit: String
    /// Of the assignment, as it was when it was made.
    package var probability: Double
    package var status: OutcomeStatus
    package var isStream: Bool
    package var finishReason: String?
    /// From the first byte of the request to the last of the answer.
    package var latencyMilliseconds: Double
    /// To the first token; nil when none came.
    package var firstTokenMilliseconds: Double?
    /// nil when the provider told none and none could be estimated.
    package var tokens: Tokens?
    /// Whether `tokens` are an estimate by length, the provider having told none.
    package var areTokensEstimated = false
    /// Of the answer, and of what providers told of tries that gave none. nil when the price or the tokens are unknown;
    /// never 0 for unknown.
    package var costMicroUSD: Int64?
    /// What budgets count of it: the same rounded up, the most that it can be where tokens are estimated, and what was
    /// reserved for every try of which nobody knows how far its provider came. nil for nothing.
    package var chargeMicroUSD: Int64?
    /// Where it has counted `chargeMicroUSD` itself; nil where nothing is limited.
    package var meters: Meters?
    package var slices: [(name: String, value: String)]
    /// Nearly every inference has one; more go behind it.
    package private(set) var firstAttempt: Attempt?
    private var furtherAttempts: [Attempt] = []
    package var requestID: String
    /// The inference that this is a copy of; nil for all but those of shadows.
    package var mirrorOf: ULID?
    package var keyID: String
    /// A short reason when the status is not `ok`.
    package var error: String?
    /// nil where the deployment keeps no answers.
    package var cache: CacheUse?
    /// What the answer had cost the one who was the first to get it; nil where that is unknown and for all but hits.
    package var savedMicroUSD: Int64?
    /// How much what was asked is like what was answered, as the cosine of their vectors in hundred-thousandths; nil
    /// for all but hits that share no more than the meaning.
    package var similarity: Int?
    /// nil unless the deployment stores them.
    package var bodies: OutcomeBodies?

    package init(
        id: ULID, createdAt: Timestamp, arm: OutcomeArm, unit: String, probability: Double, status: OutcomeStatus,
        isStream: Bool, latencyMilliseconds: Double, requestID: String, keyID: String
    ) {
        self.id = id
        self.createdAt = createdAt
        self.arm = arm
        self.unit = unit
        self.probability = probability
        self.status = status
        self.isStream = isStream
        self.latencyMilliseconds = latencyMilliseconds
        self.requestID = requestID
        self.keyID = keyID
        served = nil
        finishReason = nil
        firstTokenMilliseconds = nil
        tokens = nil
        costMicroUSD = nil
        slices = []
        firstAttempt = nil
        error = nil
        cache = nil
        savedMicroUSD = nil
        similarity = nil
        bodies = nil
    }

    package var project: String { arm.project }
    package var deploymentID: String { arm.deploymentID }
    package var deployment: String { arm.deployment }
    package var environment: String { arm.environment }
    package var revision: Int { arm.revision }
    package var variant: String { arm.variant }
    package var servedBy: String? { served?.variant }
    /// Of what answered, else of what was assigned.
    package var model: String { (served ?? arm).model }
    package var prompt: String? { (served ?? arm).prompt }

    /// In order.
    package var attempts: [Attempt] {
        get { firstAttempt.map { [$0] + furtherAttempts } ?? [] }
        set {
            firstAttempt = newValue.first
            furtherAttempts = Array(newValue.dropFirst())
        }
    }

    package var attemptCount: Int { firstAttempt == nil ? 0 : 1 + furtherAttempts.count }

    package func hasAttempt(where holds: (Attempt) -> Bool) -> Bool {
        firstAttempt.map(holds) == true || furtherAttempts.contains(where: holds)
    }

    package func add(_ attempt: Attempt) {
        if firstAttempt == nil { firstAttempt = attempt } else { furtherAttempts.append(attempt) }
    }
}

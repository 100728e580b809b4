import Domain
import SQL

/// The part of an outcome that repeats.
struct ProfileKey: Hashable, Sendable {
    let arm: ArmKey
    /// What was asked for. The arm of a name that is no deployment's is that of no name: callers must not be able to
    /// make windows and series at will.
    let deployment: String
    let origin: Outcome.Origin
    let surface: String
    let servedBy: String?
    let model: String
    let prompt: String?
    let probability: Double
    let status: OutcomeStatus
    let isStream: Bool
    let finishReason: String?
    /// Of the one attempt of an ordinary inference; nil when the attempts are told one by one.
    let provider: String?
    let keyID: String
    let cache: CacheUse?

    init(_ outcome: Outcome) {
        arm = ArmKey(
            project: outcome.project, deployment: outcome.deploymentID.isEmpty ? "" : outcome.deployment,
            environment: outcome.environment, variant: outcome.variant, revision: outcome.revision)
        deployment = outcome.deployment
        origin = outcome.origin
        surface = outcome.surface
        servedBy = outcome.servedBy
        model = outcome.model
        prompt = outcome.prompt
        probability = outcome.probability
        status = outcome.status
        isStream = outcome.isStream
        finishReason = outcome.finishReason
        provider = outcome.ordinaryAttempt?.provider
        keyID = outcome.keyID
        cache = outcome.cache
    }

    var values: [SQLValue] {
        [
            .text(arm.project), .text(origin.rawValue), .text(deployment), .text(arm.environment),
            .init(arm.revision), .text(arm.variant), .init(servedBy), .text(model), .init(prompt), .real(probability),
            .text(status.rawValue), .init(isStream), .init(finishReason), .init(provider), .text(keyID),
            .text(surface), .init(cache?.rawValue),
        ]
    }
}

extension Outcome {
    /// The one attempt, where it went as it should: by the variant that answered, with 200. It needs no list.
    var ordinaryAttempt: Attempt? {
        guard attemptCount == 1, let attempt = firstAttempt, attempt.status == 200, attempt.error == nil,
            attempt.arm === served
        else { return nil }
        return attempt
    }
}

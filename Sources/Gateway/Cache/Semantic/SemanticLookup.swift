import Domain
import HTTP
import JSON
import Reactor

/// Whether somebody was answered who asked something alike: the question's vector, then those that are kept. Used by
/// one task, on its loop.
final class SemanticLookup: @unchecked Sendable {
    // @unchecked: used by one task, on its loop.

    let lead: FlightLead
    private let inference: Inference
    private let trials: TrialSequence
    private let policy: SemanticPolicy
    private let question: SemanticQuestion
    private let tally: CacheTally
    /// Nanoseconds for which a vector was waited for.
    private(set) var waited: UInt64 = 0

    init(
        _ inference: Inference, _ trials: TrialSequence, _ policy: SemanticPolicy, _ question: SemanticQuestion,
        _ lead: FlightLead, _ tally: CacheTally
    ) {
        self.inference = inference
        self.trials = trials
        self.policy = policy
        self.question = question
        self.lead = lead
        self.tally = tally
    }

    /// - Parameter ageMax: in seconds.
    /// - Returns: nil where a provider is to be asked, whose answer is then kept beside the vector.
    func answer(ageMax: Int) async -> CachedAnswer? {
        let loop = inference.request.loop
        let start = loop.now()
        let limit = trials.patience.limit(of: policy.milliseconds, from: start)
        let made = await EmbeddingInference(inference, trials, policy, until: limit)?.vector(
            of: question.text, heldBy: lead)
        waited = UInt64(max(0, start.nanoseconds(to: loop.now())))
        // Of a caller who left it tells nothing about the vectors.
        if made != nil || !lead.flight.isDeserted { tally.askedVector(isThere: made != nil) }
        guard let made else { return nil }
        let space = Self.space(of: question, made)
        guard let found = find(made.vector, in: space, ageMax: ageMax) else {
            lead.vector = (made.vector, in: space)
            return nil
        }
        return found
    }

    private func find(_ vector: UnitVector, in space: CacheKey, ageMax: Int) -> CachedAnswer? {
        let cache = inference.gateway.cache
        let now = cache.now()
        let least = Int((policy.threshold * Double(UnitVector.parts)).rounded(.up))
        for (entry, similarity) in cache.vectors.find(vector, in: space, atLeast: least, now: now.nanoseconds) {
            // One that itself was another's answer may be like that other's question, and not like this.
            guard let answer = cache.kept(entry.key), answer.similarity == nil else {
                cache.vectors.remove(entry)
                continue
            }
            guard ageMax == .max || AnswerCache.age(of: answer, at: now) <= ageMax else { continue }
            cache.vectors.served(entry)
            return CachedAnswer(answer, similarity: similarity)
        }
        return nil
    }

    /// Vectors of another model, or of another length, have nothing to say about each other.
    private static func space(of question: SemanticQuestion, _ made: EmbeddingInference.Made) -> CacheKey {
        var bytes = question.scope.bytes
        let arm = made.arm
        let texts = [
            arm.deploymentID, String(arm.revision), arm.variant, arm.provider, arm.model, String(made.vector.dimension),
        ]
        for text in texts { JSONText.appendEscaped(text, to: &bytes) }
        return RequestFingerprint.key(of: bytes)
    }
}

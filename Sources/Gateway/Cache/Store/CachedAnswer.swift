import Domain
import Reactor

/// A good, whole answer as it can be given again: a plain one's bytes, or a stream's events with its `[DONE]`.
final class CachedAnswer: Sendable {
    /// With usage, where the provider told it.
    let body: [UInt8]
    let isStream: Bool
    /// What is cut out of `body` for a caller who did not ask for usage; rising.
    let usageCuts: [Range<Int>]
    /// What answered.
    let served: OutcomeArm
    let tokens: Outcome.Tokens?
    let areTokensEstimated: Bool
    let finishReason: String?
    /// What it had cost; nil where that is unknown.
    let costMicroUSD: Int64?
    /// When it was whole, or was read from the archive.
    let madeAt: MonotonicInstant
    /// How old it was then, in nanoseconds: this clock knows nothing of before the machine began.
    let ageThen: UInt64
    /// How much like it is what it is given to, in `UnitVector.parts`; nil where that is the very same.
    let similarity: Int?

    init(_ outcome: Outcome, body: [UInt8], usageCuts: [Range<Int>], at instant: MonotonicInstant) {
        self.body = Self.fitted(body)
        isStream = outcome.isStream
        self.usageCuts = usageCuts
        served = outcome.served ?? outcome.arm
        tokens = outcome.tokens
        areTokensEstimated = outcome.areTokensEstimated
        finishReason = outcome.finishReason
        costMicroUSD = outcome.costMicroUSD
        madeAt = instant
        ageThen = 0
        similarity = nil
    }

    /// One that comes back from the archive.
    init(_ answer: ArchivedAnswer, readAt instant: MonotonicInstant, wall: Timestamp) {
        body = answer.body
        isStream = answer.isStream
        usageCuts = answer.usageCuts
        served = answer.served
        tokens = answer.tokens
        areTokensEstimated = answer.areTokensEstimated
        finishReason = answer.finishReason
        costMicroUSD = answer.costMicroUSD
        madeAt = instant
        ageThen = UInt64(max(0, wall.milliseconds - answer.madeAt.milliseconds)) * 1_000_000
        similarity = nil
    }

    /// The same answer, given to who asked something alike.
    init(_ answer: CachedAnswer, similarity: Int) {
        body = answer.body
        isStream = answer.isStream
        usageCuts = answer.usageCuts
        served = answer.served
        tokens = answer.tokens
        areTokensEstimated = answer.areTokensEstimated
        finishReason = answer.finishReason
        costMicroUSD = answer.costMicroUSD
        madeAt = answer.madeAt
        ageThen = answer.ageThen
        self.similarity = similarity
    }

    /// What an entry takes beside its bytes: this object, two headers of arrays, its slot, its places in the tables of
    /// keys and of what was evicted, each of which may have grown to twice what it needs.
    static let overheadBytes = 640

    /// Bytes of memory that keeping it takes.
    var byteCount: Int {
        Self.overheadBytes + body.capacity + usageCuts.capacity * MemoryLayout<Range<Int>>.stride
            + (finishReason?.utf8.count ?? 0)
    }

    /// As a caller gets it.
    func body(wantsUsage: Bool) -> [UInt8] {
        guard !wantsUsage, !usageCuts.isEmpty else { return body }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count)
        var at = 0
        for cut in usageCuts {
            bytes += body[at..<cut.lowerBound]
            at = cut.upperBound
        }
        bytes += body[at...]
        return bytes
    }

    /// A buffer grows by doubling; half of the cache may not be room that nothing will ever be in.
    private static func fitted(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.capacity > bytes.count + bytes.count / 8 + 64 else { return bytes }
        var exact: [UInt8] = []
        exact.reserveCapacity(bytes.count)
        exact += bytes
        return exact
    }
}

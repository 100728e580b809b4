import Synchronization

/// What the cache did for one deployment since the start of the process, and what it holds of it.
package final class CacheTally: Sendable {
    package let project: String
    package let deployment: String
    package let environment: String

    private let hitCount = Atomic<Int>(0)
    private let missCount = Atomic<Int>(0)
    private let bypassCount = Atomic<Int>(0)
    private let followerCount = Atomic<Int>(0)
    private let similarCount = Atomic<Int>(0)
    private let archivedCount = Atomic<Int>(0)
    private let vectorCount = Atomic<Int>(0)
    private let vectorFailureCount = Atomic<Int>(0)
    private let savedSum = Atomic<Int64>(0)
    private let entryCount = Atomic<Int>(0)
    private let byteSum = Atomic<Int>(0)
    private let purgeCount = Atomic<Int>(0)

    init(project: String, deployment: String, environment: String) {
        self.project = project
        self.deployment = deployment
        self.environment = environment
    }

    /// Requests that were answered well and whole without a provider, followers among them.
    package var hits: Int { hitCount.load(ordering: .relaxed) }
    /// Requests that had a provider asked, and those that waited for another's call in vain.
    package var misses: Int { missCount.load(ordering: .relaxed) }
    /// Requests that did not ask the cache.
    package var bypasses: Int { bypassCount.load(ordering: .relaxed) }
    /// Requests that waited for the answer to the same of another.
    package var followers: Int { followerCount.load(ordering: .relaxed) }
    /// Of the hits, those that were asked something alike.
    package var similarHits: Int { similarCount.load(ordering: .relaxed) }
    /// Of the hits, those that were read from the archive.
    package var archivedHits: Int { archivedCount.load(ordering: .relaxed) }
    /// Vectors that were asked for.
    package var vectors: Int { vectorCount.load(ordering: .relaxed) }
    /// Of those, the ones that were not had: an error, too late, or nothing that can be compared.
    package var vectorFailures: Int { vectorFailureCount.load(ordering: .relaxed) }
    /// What the hits would have cost, as far as it is known.
    package var savedMicroUSD: Int64 { savedSum.load(ordering: .relaxed) }
    package var entries: Int { entryCount.load(ordering: .relaxed) }
    package var bytes: Int { byteSum.load(ordering: .relaxed) }

    /// How often its answers were purged: what was asked for before is not kept after.
    var epoch: Int { purgeCount.load(ordering: .acquiring) }
    func purged() { purgeCount.add(1, ordering: .acquiringAndReleasing) }

    func hit(saving micro: Int64?, isSimilar: Bool = false, isFromArchive: Bool = false) {
        hitCount.add(1, ordering: .relaxed)
        if isFromArchive { archivedCount.add(1, ordering: .relaxed) }
        if isSimilar { similarCount.add(1, ordering: .relaxed) }
        if let micro { saved(micro) }
    }

    /// What a provider says of its tokens may come near the end of the numbers, where `add` would end the process.
    private func saved(_ micro: Int64) {
        var seen = savedSum.load(ordering: .relaxed)
        while true {
            let (sum, overflow) = seen.addingReportingOverflow(max(0, micro))
            let (isDone, current) = savedSum.weakCompareExchange(
                expected: seen, desired: overflow ? .max : sum, ordering: .relaxed)
            if isDone { return }
            seen = current
        }
    }

    func askedVector(isThere: Bool) {
        vectorCount.add(1, ordering: .relaxed)
        if !isThere { vectorFailureCount.add(1, ordering: .relaxed) }
    }

    func missed() { missCount.add(1, ordering: .relaxed) }
    func bypassed() { bypassCount.add(1, ordering: .relaxed) }
    func followed() { followerCount.add(1, ordering: .relaxed) }

    func kept(_ bytes: Int) {
        entryCount.add(1, ordering: .relaxed)
        byteSum.add(bytes, ordering: .relaxed)
    }

    func dropped(_ bytes: Int) {
        entryCount.subtract(1, ordering: .relaxed)
        byteSum.subtract(bytes, ordering: .relaxed)
    }
}

import Domain
package import Reactor
import Synchronization

/// The answers that may serve again, and the calls whose answers will: shared by all loops, in shards with a lock each,
/// under which nothing is waited for and nothing freed. A lookup holds it for a few steps, an insertion for as many as
/// entries have to go, and a purge for `slotsPerTurn` slots at a time.
package final class AnswerCache: Sendable {
    /// The monotonic clock.
    package typealias Clock = @Sendable () -> MonotonicInstant

    /// What there is for a request.
    enum Finding {
        case answer(CachedAnswer)
        /// The same is being asked for: its answer is to be waited for.
        case flight(Flight)
        /// Nothing: who asked is to have the provider asked, for all that come meanwhile.
        case lead(Flight)
    }

    private struct Shard: Sendable {
        var store: AnswerStore
        var flights: [CacheKey: Flight] = [:]
    }

    private final class Locked: Sendable {
        let shard: Mutex<Shard>
        init(bytesMax: Int) { shard = Mutex(Shard(store: AnswerStore(bytesMax: bytesMax))) }
    }

    private static let shardCount = 8
    /// Slots that a purge looks at before it lets others to the lock.
    private static let slotsPerTurn = 512

    /// Of all that it holds, answers that are being recorded included.
    package let bytesMax: Int
    /// Of one answer.
    let entryBytesMax: Int
    private let recordingBytesMax: Int
    private let clock: Clock
    private let shards: [Locked]
    /// Which of them were answers to what.
    package let vectors: VectorIndex
    /// Where answers outlive this; nil for nowhere.
    let archive: (any AnswerArchive)?
    private let recorded = Atomic<Int>(0)
    private let tallies = Mutex<[String: CacheTally]>([:])

    init(
        bytesMax: Int, entryBytesMax: Int, vectorBytesMax: Int = 0, archive: (any AnswerArchive)? = nil,
        clock: @escaping Clock
    ) {
        self.archive = archive
        vectors = VectorIndex(bytesMax: vectorBytesMax)
        self.bytesMax = bytesMax
        recordingBytesMax = bytesMax / 4
        let perShard = (bytesMax - recordingBytesMax) / Self.shardCount
        // A quarter of a shard, so that one answer does not turn out all others.
        self.entryBytesMax = min(entryBytesMax, perShard / 4)
        self.clock = clock
        shards = (0..<Self.shardCount).map { _ in Locked(bytesMax: perShard) }
    }

    func now() -> MonotonicInstant { clock() }

    // MARK: Asking and keeping

    /// - Parameters:
    ///   - ageMax: in seconds; 0 finds nothing, and begins a call that nobody follows.
    ///   - tally: of the deployment that is asked.
    ///   - makeFlight: called at most once, under a lock.
    func find(
        _ key: CacheKey, ageMax: Int, _ tally: CacheTally, makeFlight: (_ epoch: Int) -> Flight
    ) -> Finding {
        let now = clock()
        let epoch = tally.epoch
        guard ageMax > 0 else { return .lead(makeFlight(epoch)) }
        var dropped: [CachedAnswer] = []
        let finding = locked(key).shard.withLock { shard -> Finding in
            if let answer = shard.store.find(key, now: now.nanoseconds, dropped: &dropped),
                ageMax == .max || Self.age(of: answer, at: now) <= ageMax
            {
                return .answer(answer)
            }
            if let flight = shard.flights[key], flight.epoch == epoch, flight.join() { return .flight(flight) }
            let flight = makeFlight(epoch)
            shard.flights[key] = flight
            return .lead(flight)
        }
        withExtendedLifetime(dropped) {}
        return finding
    }

    /// Whole seconds.
    static func age(of answer: CachedAnswer, at now: MonotonicInstant) -> Int {
        Int((UInt64(max(0, answer.madeAt.nanoseconds(to: now))) &+ answer.ageThen) / 1_000_000_000)
    }

    /// What is kept under a key, and nothing but that.
    func kept(_ key: CacheKey) -> CachedAnswer? {
        var dropped: [CachedAnswer] = []
        let now = clock().nanoseconds
        let answer = locked(key).shard.withLock { $0.store.find(key, now: now, dropped: &dropped) }
        withExtendedLifetime(dropped) {}
        return answer
    }

    /// Ends a flight's time in the table, with its answer kept when there is one: whoever comes finds the one or the
    /// other. Nothing is kept that was asked for before a purge.
    /// - Parameters:
    ///   - seconds: how long an answer may serve, from when it was made.
    ///   - deployment: its id, where the answer is to go into the archive too.
    ///   - vector: of the question, where others may ask something alike, and the space that it is in.
    func land(
        _ flight: Flight, _ key: CacheKey, keeping answer: CachedAnswer?, seconds: Int, _ tally: CacheTally,
        archivedFor deployment: String? = nil, vector: (UnitVector, in: CacheKey)? = nil
    ) {
        var dropped: [CachedAnswer] = []
        let now = clock().nanoseconds
        let whole = UInt64(seconds) * 1_000_000_000
        let expires = (answer?.madeAt.nanoseconds ?? now) + whole - min(whole, answer?.ageThen ?? 0)
        let archived = deployment.flatMap { self.archived(answer, key, seconds: seconds, of: $0) }
        let isKept = locked(key).shard.withLock { shard -> Bool in
            if let place = shard.flights.index(forKey: key), shard.flights[place].value === flight {
                shard.flights.remove(at: place)
            }
            guard let answer, answer.byteCount <= entryBytesMax,
                flight.epoch == tally.epoch
            else { return false }
            shard.store.insert(answer, for: key, tally: tally, expires: expires, now: now, dropped: &dropped)
            // Under the lock: a purge goes through it before it comes to the archive, and so takes this with it.
            if let archived { archive?.keep(archived) }
            return true
        }
        withExtendedLifetime(dropped) {}
        if isKept, let vector {
            vectors.add(.init(vector.0, key, tally, in: vector.in, expires: expires), now: now)
        }
    }

    /// An answer as it outlives this; nil for none, and where nothing does.
    private func archived(
        _ answer: CachedAnswer?, _ key: CacheKey, seconds: Int, of deployment: String
    ) -> ArchivedAnswer? {
        guard let answer, let now = archive?.now() else { return nil }
        var archived = ArchivedAnswer(
            key: key.bytes, deploymentID: deployment, madeAt: now,
            expiresAt: now.advanced(byMilliseconds: Int64(seconds) * 1_000), body: answer.body, served: answer.served)
        archived.isStream = answer.isStream
        archived.usageCuts = answer.usageCuts
        archived.tokens = answer.tokens
        archived.areTokensEstimated = answer.areTokensEstimated
        archived.finishReason = answer.finishReason
        archived.costMicroUSD = answer.costMicroUSD
        return archived
    }

    private func locked(_ key: CacheKey) -> Locked {
        // A word that no table of a shard hashes by.
        shards[Int(key.second % UInt64(Self.shardCount))]
    }

    // MARK: Recordings

    /// Memory for a stream that is being recorded.
    /// - Returns: whether there was room.
    func takeRecording(_ bytes: Int) -> Bool {
        guard recorded.add(bytes, ordering: .relaxed).newValue <= recordingBytesMax else {
            giveRecording(bytes)
            return false
        }
        return true
    }

    func giveRecording(_ bytes: Int) { recorded.subtract(bytes, ordering: .relaxed) }

    // MARK: Purging and telling

    /// Lets go of all answers of the deployments that `isUnwanted` says. What they are being asked for meanwhile is not
    /// kept, and nobody who comes later waits for it; all others' is none of its business.
    /// - Returns: how many entries went, and their bytes.
    func purge(where isUnwanted: (CacheTally) -> Bool) -> (entries: Int, bytes: Int) {
        for tally in all where isUnwanted(tally) { tally.purged() }
        vectors.purge(where: isUnwanted)
        var entries = 0
        var bytes = 0
        for locked in shards {
            var base = 0
            while true {
                var dropped: [CachedAnswer] = []
                let count = locked.shard.withLock { shard in
                    shard.store.remove(
                        inSlots: base..<base + Self.slotsPerTurn, dropped: &dropped, where: isUnwanted)
                    return shard.store.slotCount
                }
                entries += dropped.count
                bytes += dropped.reduce(0) { $0 + $1.byteCount }
                base += Self.slotsPerTurn
                if base >= count { break }
            }
        }
        return (entries, bytes)
    }

    /// As the other, and of the archive too: none of the answers is given any more to who asks once this has returned.
    /// - Parameter archived: the ids of the deployments that are meant; asked once memory is empty.
    /// - Throws: where that cannot be promised of the archive; memory is empty all the same.
    func purge(
        where isUnwanted: (CacheTally) -> Bool, archived: () -> Set<String>
    ) async throws -> (memory: ArchiveHolding, archive: ArchiveHolding?) {
        let gone = purge(where: isUnwanted)
        let memory = ArchiveHolding(entries: gone.entries, bytes: gone.bytes)
        guard let archive else { return (memory, nil) }
        // Who asks while the archive is at it may be given what is there still, and has it in memory again.
        defer { _ = purge(where: isUnwanted) }
        return (memory, try await archive.purge(deployments: archived()))
    }

    /// The one of a deployment, whatever revision asks.
    func tally(of deployment: LiveDeployment) -> CacheTally {
        tallies.withLock { tallies in
            if let known = tallies[deployment.id] { return known }
            let made = CacheTally(
                project: deployment.project, deployment: deployment.name, environment: deployment.environment)
            tallies[deployment.id] = made
            return made
        }
    }

    /// The ids of deployments that ever asked.
    func deployments(where isWanted: (CacheTally) -> Bool) -> Set<String> {
        tallies.withLock { tallies in Set(tallies.filter { isWanted($0.value) }.keys) }
    }

    /// One for each deployment that ever asked, in no order.
    package var all: [CacheTally] { tallies.withLock { Array($0.values) } }

    /// Bytes of answers that are being recorded.
    package var recordingBytes: Int { recorded.load(ordering: .relaxed) }

    /// Entries that had to go for want of room.
    package var evictions: Int {
        shards.reduce(0) { sum, locked in sum + locked.shard.withLock { $0.store.evictions } }
    }
}

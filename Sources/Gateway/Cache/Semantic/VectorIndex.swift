import DequeModule
import Reactor
import Synchronization

/// The vectors of questions whose answers are kept, by what has to be the same for two of them to be compared. Bounded
/// twice: a space, which is looked through one by one, to `countPerSpaceMax` vectors and `bytesPerSpaceMax`; all of
/// them together in bytes. What goes first is what came first, but for those that had a hit since they were last looked
/// at (the CLOCK algorithm; Corbató, "A Paging Experiment with the Multics System", 1968).
///
/// The lock is held for as long as it takes to point at a space's vectors, and these are compared without it.
package final class VectorIndex: Sendable {
    /// A question whose answer was kept under its key. The answer itself is where all answers are, with the time for
    /// which it may serve.
    final class Entry: Sendable {
        let vector: UnitVector
        let key: CacheKey
        let tally: CacheTally
        let space: CacheKey
        /// Nanoseconds of the monotonic clock.
        let expires: UInt64
        fileprivate let isAskedFor = Atomic<Bool>(false)
        fileprivate let isGone = Atomic<Bool>(false)

        init(_ vector: UnitVector, _ key: CacheKey, _ tally: CacheTally, in space: CacheKey, expires: UInt64) {
            self.vector = vector
            self.key = key
            self.tally = tally
            self.space = space
            self.expires = expires
        }

        /// With what keeping it takes: this object, its places in its space and in the order of all.
        var byteCount: Int { vector.byteCount + 320 }
    }

    private struct Space {
        /// The first that came first.
        var entries: [Entry] = []
        var bytes = 0
    }

    private struct State {
        var spaces: [CacheKey: Space] = [:]
        /// In the order in which they came; some are gone.
        var order = Deque<Entry>()
        var count = 0
        var bytes = 0
        var evictions = 0
    }

    package static let countPerSpaceMax = 1_024
    /// So that looking through a space takes a loop half a millisecond at most.
    package static let bytesPerSpaceMax = 4 << 20

    package let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    package var count: Int { state.withLock { $0.count } }
    package var bytes: Int { state.withLock { $0.bytes } }
    /// Vectors that are held, those among them that are gone.
    var heldCount: Int { state.withLock { $0.order.count } }
    /// Vectors that had to go for want of room.
    package var evictions: Int { state.withLock { $0.evictions } }

    // MARK: Asking

    /// The questions that are like this one, the likest first.
    /// - Parameter least: in `UnitVector.parts`.
    func find(
        _ vector: UnitVector, in space: CacheKey, atLeast least: Int, now: UInt64
    ) -> [(entry: Entry, similarity: Int)] {
        let entries = state.withLock { $0.spaces[space]?.entries ?? [] }
        var found: [(entry: Entry, similarity: Int)] = []
        for entry in entries where entry.expires > now {
            guard let similarity = entry.vector.similarity(to: vector), similarity >= least else { continue }
            found.append((entry, similarity))
        }
        return found.sorted { $0.similarity > $1.similarity }
    }

    /// It has served.
    func served(_ entry: Entry) { entry.isAskedFor.store(true, ordering: .relaxed) }

    // MARK: Keeping

    /// Puts a question in the place of the same one before.
    func add(_ entry: Entry, now: UInt64) {
        guard entry.byteCount <= min(bytesMax, Self.bytesPerSpaceMax) else { return }
        state.withLock { state in
            drop(from: entry.space, &state) { $0.key == entry.key || $0.expires <= now }
            // Taken out, so that no copy is made of what nobody looks through just now.
            var space = state.spaces.removeValue(forKey: entry.space) ?? Space()
            while space.entries.count >= Self.countPerSpaceMax
                || space.bytes + entry.byteCount > Self.bytesPerSpaceMax
            {
                evict(from: &space, &state)
            }
            space.entries.append(entry)
            space.bytes += entry.byteCount
            state.spaces[entry.space] = space
            state.order.append(entry)
            state.count += 1
            state.bytes += entry.byteCount
            while state.bytes > bytesMax { evict(&state, now: now) }
            Self.compact(&state)
        }
    }

    /// Its answer is not there any more.
    func remove(_ entry: Entry) {
        state.withLock { state in drop(from: entry.space, &state) { $0 === entry } }
    }

    func purge(where isUnwanted: (CacheTally) -> Bool) {
        for space in state.withLock({ Array($0.spaces.keys) }) {
            state.withLock { state in drop(from: space, &state) { isUnwanted($0.tally) } }
        }
    }

    private func drop(from key: CacheKey, _ state: inout State, where isUnwanted: (Entry) -> Bool) {
        guard let former = state.spaces[key]?.entries, former.contains(where: isUnwanted) else { return }
        var space = Space()
        for entry in former {
            if isUnwanted(entry) {
                Self.gone(entry, &state)
            } else {
                space.entries.append(entry)
                space.bytes += entry.byteCount
            }
        }
        state.spaces[key] = space.entries.isEmpty ? nil : space
        Self.compact(&state)
    }

    /// Those that are gone are passed over when their turn comes, unless they are too many.
    private static func compact(_ state: inout State) {
        if state.order.count > 64 + 2 * state.count {
            state.order.removeAll { $0.isGone.load(ordering: .relaxed) }
        }
    }

    private static func gone(_ entry: Entry, _ state: inout State) {
        entry.isGone.store(true, ordering: .relaxed)
        state.count -= 1
        state.bytes -= entry.byteCount
    }

    /// The oldest of a space that had no hit since its turn came last.
    private func evict(from space: inout Space, _ state: inout State) {
        let index = space.entries.firstIndex { !$0.isAskedFor.exchange(false, ordering: .relaxed) } ?? 0
        let entry = space.entries.remove(at: index)
        space.bytes -= entry.byteCount
        Self.gone(entry, &state)
        state.evictions += 1
    }

    /// The oldest of all.
    private func evict(_ state: inout State, now: UInt64) {
        guard let oldest = state.order.popFirst() else { return }
        if oldest.isGone.load(ordering: .relaxed) { return }
        if oldest.expires > now, oldest.isAskedFor.exchange(false, ordering: .relaxed) {
            return state.order.append(oldest)
        }
        drop(from: oldest.space, &state) { $0 === oldest }
        state.evictions += 1
    }
}

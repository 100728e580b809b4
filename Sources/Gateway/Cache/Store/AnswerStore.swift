/// Answers by key, bounded in bytes. What goes when there is no more room is decided by S3-FIFO (Yang, Zhang, Qiu, Yue,
/// Vigfusson, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023): new entries pass through a small
/// queue that most of them, asked for once, leave soon; what was asked for again goes into the main one, where each is
/// given another turn for every time it was asked for since; of what left the small one the keys are remembered for a
/// while, and who comes back goes into the main one at once. The sizes are bytes here, since answers differ by
/// thousands. An entry is promoted that was asked for once (the paper: twice): a miss costs seconds and money.
///
/// Used by one at a time. Whatever it lets go of is handed back, so that it can be freed outside of the caller's lock.
struct AnswerStore {
    private struct Slot {
        let key: CacheKey
        /// nil when the slot is free.
        var answer: CachedAnswer?
        let tally: CacheTally
        let bytes: Int
        /// Nanoseconds of the monotonic clock.
        let expires: UInt64
        var isInMain: Bool
        /// How often it was asked for since it came or was last looked at; up to `asksMax`.
        var asks: UInt8 = 0
        // Neighbours in its queue; -1 at its ends.
        var newer: Int32 = -1
        var older: Int32 = -1
    }

    /// Linked through the slots.
    private struct Queue {
        var newest: Int32 = -1
        var oldest: Int32 = -1
        var bytes = 0
        var count = 0
    }

    private static let asksMax: UInt8 = 3
    /// How many keys are remembered at least.
    private static let ghostsMin = 64

    let bytesMax: Int
    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var places: [CacheKey: Int32] = [:]
    private var small = Queue()
    private var main = Queue()
    private var ghosts = GhostQueue()
    /// Entries that had to go for want of room.
    private(set) var evictions = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    var count: Int { places.count }
    var bytes: Int { small.bytes + main.bytes }
    /// For walking over all of them, a few at a time.
    var slotCount: Int { slots.count }

    /// - Parameter now: nanoseconds of the monotonic clock.
    mutating func find(_ key: CacheKey, now: UInt64, dropped: inout [CachedAnswer]) -> CachedAnswer? {
        guard let place = places[key] else { return nil }
        let index = Int(place)
        guard slots[index].expires > now else {
            remove(place, &dropped)
            return nil
        }
        if slots[index].asks < Self.asksMax { slots[index].asks += 1 }
        return slots[index].answer
    }

    /// Puts an answer in the place of the one before, if there was one; no larger one than the whole has room for.
    mutating func insert(
        _ answer: CachedAnswer, for key: CacheKey, tally: CacheTally, expires: UInt64, now: UInt64,
        dropped: inout [CachedAnswer]
    ) {
        let bytes = answer.byteCount
        // Even when the new one does not fit, the old one is not the answer any more.
        let before = places[key]
        let wasInMain = before.map { slots[Int($0)].isInMain } ?? false
        if let before { remove(before, &dropped) }
        guard bytes <= bytesMax else { return }
        let isInMain = wasInMain || ghosts.take(key.first)
        while self.bytes + bytes > bytesMax { evict(now, &dropped) }
        let slot = Slot(
            key: key, answer: answer, tally: tally, bytes: bytes, expires: expires, isInMain: isInMain)
        let place: Int32
        if let known = free.popLast() {
            slots[Int(known)] = slot
            place = known
        } else {
            place = Int32(slots.count)
            slots.append(slot)
        }
        places[key] = place
        link(place)
        tally.kept(bytes)
    }

    /// Removes those of some slots that are wanted away.
    mutating func remove(
        inSlots range: Range<Int>, dropped: inout [CachedAnswer], where isUnwanted: (CacheTally) -> Bool
    ) {
        for index in range.clamped(to: slots.indices) where slots[index].answer != nil {
            if isUnwanted(slots[index].tally) { remove(Int32(index), &dropped) }
        }
    }

    // MARK: Eviction

    /// Moves on by one entry: it goes, or goes elsewhere.
    private mutating func evict(_ now: UInt64, _ dropped: inout [CachedAnswer]) {
        // A tenth of the room, as the paper has it.
        let isFromSmall = main.count == 0 || (small.count > 0 && small.bytes > bytesMax / 10)
        let place = isFromSmall ? small.oldest : main.oldest
        let index = Int(place)
        let slot = slots[index]
        if slot.expires <= now { return remove(place, &dropped) }
        if slot.asks > 0 {
            unlink(place)
            slots[index].isInMain = true
            slots[index].asks = isFromSmall ? 0 : slot.asks - 1
            return link(place)
        }
        if isFromSmall { ghosts.add(slot.key.first, countMax: max(Self.ghostsMin, main.count)) }
        evictions += 1
        remove(place, &dropped)
    }

    private mutating func remove(_ place: Int32, _ dropped: inout [CachedAnswer]) {
        let index = Int(place)
        unlink(place)
        places[slots[index].key] = nil
        slots[index].tally.dropped(slots[index].bytes)
        if let answer = slots[index].answer { dropped.append(answer) }
        slots[index].answer = nil
        free.append(place)
    }

    private mutating func link(_ place: Int32) {
        let index = Int(place)
        var queue = slots[index].isInMain ? main : small
        slots[index].newer = -1
        slots[index].older = queue.newest
        if queue.newest >= 0 { slots[Int(queue.newest)].newer = place } else { queue.oldest = place }
        queue.newest = place
        queue.bytes += slots[index].bytes
        queue.count += 1
        if slots[index].isInMain { main = queue } else { small = queue }
    }

    private mutating func unlink(_ place: Int32) {
        let slot = slots[Int(place)]
        var queue = slot.isInMain ? main : small
        if slot.newer >= 0 { slots[Int(slot.newer)].older = slot.older } else { queue.newest = slot.older }
        if slot.older >= 0 { slots[Int(slot.older)].newer = slot.newer } else { queue.oldest = slot.newer }
        queue.bytes -= slot.bytes
        queue.count -= 1
        if slot.isInMain { main = queue } else { small = queue }
    }
}

/// Answers by key, bounded in bytes. What goes when there is no more room is decided by S3-FIFO (Yang, Zhang, Qiu, Yue,
/// Vigfusson, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023): new entries pass through a small
/// queue that most of them, asked for once, leave soon; what was asked for again goes into the main one, where each is
/// given another turn for every time it was asked for since; of what left the small one the keys are remembered for a
/// while, and who comes back goes into the main one at once. The sizes are bytes here, since answers differ by
/// thousands. An entry is promoted that was asked for once (the paper: twice): a miss costs seconds and money.
///
/// Used by one at a time. Whatever it lets go of is handed back, so that it can be freed outside of the caller's lock.
struct AnswerStore {
    /// What eviction goes by: without references, and apart from what is given out, so that looking at the oldest takes
    /// a line of memory and not the answers themselves, which nobody has touched for long.
    private struct Slot {
        /// Of its key.
        let word: UInt64
        /// Nanoseconds of the monotonic clock.
        let expires: UInt64
        let bytes: Int
        // Neighbours in its queue; -1 at its ends.
        var newer: Int32 = -1
        var older: Int32 = -1
        var isInMain: Bool
        /// How often it was asked for since it came or was last looked at; up to `asksMax`.
        var asks: UInt8 = 0
    }

    private struct Content {
        let key: CacheKey
        let answer: CachedAnswer
        let tally: CacheTally
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
    /// As many as there are slots; nil where one is free.
    private var contents: [Content?] = []
    private var free: [Int32] = []
    /// By one word of the key, the others being compared: whoever makes two keys that share it has one take the other's
    /// place, and no more.
    private var places: [UInt64: Int32] = [:]
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
        guard let place = places[key.first] else { return nil }
        let index = Int(place)
        guard contents[index]?.key == key else { return nil }
        guard slots[index].expires > now else {
            remove(place, &dropped)
            return nil
        }
        if slots[index].asks < Self.asksMax { slots[index].asks += 1 }
        return contents[index]?.answer
    }

    /// Puts an answer in the place of the one before, if there was one; no larger one than the whole has room for.
    mutating func insert(
        _ answer: CachedAnswer, for key: CacheKey, tally: CacheTally, expires: UInt64, now: UInt64,
        dropped: inout [CachedAnswer]
    ) {
        let bytes = answer.byteCount
        var wasInMain = false
        // Even when the new one does not fit, the old one is not the answer any more.
        if let before = places[key.first] {
            wasInMain = slots[Int(before)].isInMain && contents[Int(before)]?.key == key
            remove(before, &dropped)
        }
        guard bytes <= bytesMax else { return }
        let isInMain = wasInMain || ghosts.take(key.first)
        while self.bytes + bytes > bytesMax { evict(now, &dropped) }
        let slot = Slot(word: key.first, expires: expires, bytes: bytes, isInMain: isInMain)
        let content = Content(key: key, answer: answer, tally: tally)
        let place: Int32
        if let known = free.popLast() {
            slots[Int(known)] = slot
            contents[Int(known)] = content
            place = known
        } else {
            place = Int32(slots.count)
            slots.append(slot)
            contents.append(content)
        }
        places[key.first] = place
        link(place)
        tally.kept(bytes)
    }

    /// Removes those of some slots that are wanted away.
    mutating func remove(
        inSlots range: Range<Int>, dropped: inout [CachedAnswer], where isUnwanted: (CacheTally) -> Bool
    ) {
        for index in range.clamped(to: slots.indices) {
            if let tally = contents[index]?.tally, isUnwanted(tally) { remove(Int32(index), &dropped) }
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
        if isFromSmall { ghosts.add(slot.word, countMax: max(Self.ghostsMin, main.count)) }
        evictions += 1
        remove(place, &dropped)
    }

    private mutating func remove(_ place: Int32, _ dropped: inout [CachedAnswer]) {
        let index = Int(place)
        unlink(place)
        places[slots[index].word] = nil
        if let content = contents[index].take() {
            content.tally.dropped(slots[index].bytes)
            dropped.append(content.answer)
        }
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

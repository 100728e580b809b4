import Synchronization

/// The events of one stream between the call that brings them and all who read them, each from the start and at their
/// own pace. As long as it may be kept it holds all of them; when it has become too long for that, what the slowest
/// reader has not taken yet. Then the call waits for that one, for a while: who holds up others for longer is let go
/// of, and only the last one that is left is waited for as long as it takes.
final class StreamLog: Sendable {
    /// A stream as it is kept.
    struct Recording: Sendable {
        let bytes: [UInt8]
        let usageCuts: [Range<Int>]
    }

    /// What a reader finds.
    enum Step: Sendable {
        case bytes([UInt8])
        case ended(FlightEnd)
        /// The reader's caller has left.
        case departed
        /// It has held up the others for too long.
        case dropped
    }

    private struct State {
        /// From `base` on.
        var bytes: [UInt8] = []
        var base = 0
        /// Of the whole stream, rising; those of what was let go of are gone too.
        var cuts: [Range<Int>] = []
        var isWhole = true
        /// The last of its events is here, and its end is about to be told.
        var hasLast = false
        var end: FlightEnd?
        var readers: [StreamReader] = []
        /// The call, while it waits for readers.
        var pump: UnsafeContinuation<Void, Never>?
        /// Of the memory for recordings.
        var taken = 0

        var count: Int { base + bytes.count }
    }

    private let cache: AnswerCache
    /// What may wait for the slowest reader once the whole is not kept.
    private let windowBytesMax: Int
    private let state = Mutex(State())

    /// What a reader is given at once.
    private static let bytesPerStep = 64 << 10
    /// Memory for a recording is taken in pieces of this many bytes.
    private static let recordingStep = 16 << 10

    init(_ cache: AnswerCache, windowBytesMax: Int) {
        self.cache = cache
        self.windowBytesMax = windowBytesMax
    }

    deinit { state.withLock { cache.giveRecording($0.taken) } }

    // MARK: The call's side

    /// - Parameters:
    ///   - cuts: ranges of `bytes`.
    ///   - isLast: whether no event comes after these.
    /// - Returns: whether the whole is kept still; when it is not, nobody else can begin to read.
    func append(_ bytes: [UInt8], cuts: [Range<Int>], isLast: Bool = false) -> Bool {
        let (waiters, isWhole) = state.withLock { state in
            state.hasLast = state.hasLast || isLast
            for cut in cuts {
                state.cuts.append(cut.lowerBound + state.count..<cut.upperBound + state.count)
            }
            state.bytes += bytes
            if state.isWhole, !keepsPace(&state) { giveUp(&state) }
            return (Self.wakeAll(&state), state.isWhole)
        }
        for waiter in waiters { waiter.resume() }
        return isWhole
    }

    private func keepsPace(_ state: inout State) -> Bool {
        guard state.count <= cache.entryBytesMax else { return false }
        let held = state.bytes.capacity + state.cuts.capacity * MemoryLayout<Range<Int>>.stride
        let missing = held - state.taken
        guard missing > 0 else { return true }
        let step = max(missing, Self.recordingStep)
        guard cache.takeRecording(step) else { return false }
        state.taken += step
        return true
    }

    private func giveUp(_ state: inout State) {
        state.isWhole = false
        cache.giveRecording(state.taken)
        state.taken = 0
        trim(&state)
    }

    /// Returns when readers have taken enough for more to come.
    func room() async {
        await withUnsafeContinuation { continuation in
            let isReady = state.withLock { state in
                if !isFull(state) { return true }
                state.pump = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// Lets go of readers who are so far behind another that the call has to wait for them.
    func dropLaggards() {
        let (laggards, pump) = state.withLock { state -> ([StreamReader], UnsafeContinuation<Void, Never>?) in
            guard isFull(state), let first = state.readers.max(by: { $0.position < $1.position }) else {
                return ([], nil)
            }
            // Half of a window may be bytes that are read and not let go of yet.
            let laggards = state.readers.filter { reader in
                reader !== first && (state.count - reader.position) * 2 > windowBytesMax
            }
            for reader in laggards { reader.isDropped = true }
            state.readers.removeAll { $0.isDropped }
            return (laggards, progressed(&state))
        }
        pump?.resume()
        for reader in laggards { reader.dropped() }
    }

    var isFull: Bool { state.withLock { isFull($0) } }

    private func isFull(_ state: borrowing State) -> Bool {
        !state.isWhole && !state.readers.isEmpty && state.bytes.count > windowBytesMax
    }

    /// All that came, when all of it is held.
    func recording() -> Recording? {
        state.withLock { state in
            guard state.isWhole else { return nil }
            return Recording(bytes: state.bytes, usageCuts: state.cuts)
        }
    }

    /// Whether anything came.
    var hasBegun: Bool { state.withLock { $0.count > 0 } }

    /// The first end holds.
    func end(_ end: FlightEnd) {
        let waiters = state.withLock { state in
            if state.end == nil { state.end = end }
            giveBack(&state)
            return Self.wakeAll(&state)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// What is kept of it counts as that from its end on, and all of it as a recording for as long as anybody reads.
    private func giveBack(_ state: inout State) {
        guard state.end != nil, state.readers.isEmpty else { return }
        cache.giveRecording(state.taken)
        state.taken = 0
    }

    private static func wakeAll(_ state: inout State) -> [UnsafeContinuation<Void, Never>] {
        var waiters: [UnsafeContinuation<Void, Never>] = []
        for reader in state.readers { if let waiter = reader.takeWaiter() { waiters.append(waiter) } }
        return waiters
    }

    // MARK: The readers' side

    /// Begins to read from the start.
    /// - Returns: whether the start is there still. Who has joined the flight in time may come too late for it, since
    ///   the call goes on meanwhile on another loop.
    func add(_ reader: StreamReader) -> Bool {
        state.withLock { state in
            guard state.isWhole, state.end == nil || keepsPace(&state) else { return false }
            state.readers.append(reader)
            return true
        }
    }

    /// Whether all that came is held, so that a reader may begin.
    var isWhole: Bool { state.withLock { $0.isWhole } }

    func remove(_ reader: StreamReader) {
        let pump = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            state.readers.removeAll { $0 === reader }
            giveBack(&state)
            return progressed(&state)
        }
        pump?.resume()
    }

    /// Whether a reader has all that it will be given: who leaves then has had a whole answer.
    func hasGivenAll(to reader: StreamReader) -> Bool {
        state.withLock { $0.hasLast && reader.position >= $0.count }
    }

    /// The reader's caller has left: it is woken to see that.
    func depart(_ reader: StreamReader) {
        let waiter = state.withLock { _ in
            reader.hasDeparted = true
            return reader.takeWaiter()
        }
        waiter?.resume()
    }

    /// Wakes a reader whether there is something for it or not.
    func wake(_ reader: StreamReader) {
        let waiter = state.withLock { _ in reader.takeWaiter() }
        waiter?.resume()
    }

    /// - Returns: nil when there is nothing yet.
    func step(_ reader: StreamReader) -> Step? {
        var pump: UnsafeContinuation<Void, Never>?
        let step = state.withLock { state -> Step? in
            guard let isAtEnd = Self.isAtEnd(reader, state) else { return nil }
            if reader.hasDeparted { return .departed }
            if reader.isDropped { return .dropped }
            if isAtEnd { return state.end.map { .ended($0) } }
            let taken = Self.take(for: reader, state)
            pump = progressed(&state)
            return .bytes(taken)
        }
        pump?.resume()
        return step
    }

    /// - Returns: nil while there is something to read, or may be.
    func end(before reader: StreamReader) -> FlightEnd? {
        state.withLock { reader.position < $0.count ? nil : $0.end }
    }

    /// Whether there is something for the reader, its own departure among it.
    func hasStep(_ reader: StreamReader) -> Bool {
        state.withLock { Self.isAtEnd(reader, $0) != nil }
    }

    /// Has a reader woken when there is something.
    /// - Returns: whether there is nothing yet.
    func park(_ reader: StreamReader, _ waiter: UnsafeContinuation<Void, Never>) -> Bool {
        state.withLock { state in
            guard Self.isAtEnd(reader, state) == nil else { return false }
            reader.park(waiter)
            return true
        }
    }

    /// - Returns: nil when there is nothing for the reader.
    private static func isAtEnd(_ reader: StreamReader, _ state: borrowing State) -> Bool? {
        if reader.hasDeparted || reader.isDropped || reader.position < state.count { return false }
        return state.end == nil ? nil : true
    }

    private static func take(for reader: StreamReader, _ state: borrowing State) -> [UInt8] {
        let end = min(state.count, reader.position + bytesPerStep)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - reader.position)
        var at = reader.position
        while !reader.wantsUsage, reader.cut < state.cuts.count, state.cuts[reader.cut].lowerBound < end {
            let cut = state.cuts[reader.cut]
            if cut.lowerBound > at { bytes += state.bytes[at - state.base..<cut.lowerBound - state.base] }
            at = max(at, min(cut.upperBound, end))
            // One that goes on behind the end is met again.
            guard cut.upperBound <= end else { break }
            reader.cut += 1
        }
        if at < end { bytes += state.bytes[at - state.base..<end - state.base] }
        reader.position = end
        return bytes
    }

    private func progressed(_ state: inout State) -> UnsafeContinuation<Void, Never>? {
        if !state.isWhole { trim(&state) }
        return isFull(state) ? nil : state.pump.take()
    }

    /// Lets go of what every reader has taken. Moving the rest costs, so it is done by the half.
    private func trim(_ state: inout State) {
        let slowest = state.readers.reduce(state.count) { min($0, $1.position) }
        let gone = slowest - state.base
        guard gone > 0, gone >= state.bytes.count / 2 else { return }
        state.bytes.removeFirst(gone)
        state.base = slowest
        let cutsGone = state.cuts.prefix { $0.upperBound <= slowest }.count
        state.cuts.removeFirst(cutsGone)
        for reader in state.readers { reader.cut = max(0, reader.cut - cutsGone) }
    }
}

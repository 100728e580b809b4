/// Which line of a lane is asked next, and when. A line that was put back waits by its own time and takes turns with
/// those behind it. What several lines meet in a row is everybody's trouble, and holds up all of them, with pauses that
/// grow; what one line meets while others are answered is its own, and after so many times its answer. Lines that fail
/// for hours, and nobody is answered any more who would show whose doing it is, have their answers too: nobody asks for
/// ever. A value: the time is told.
struct LaneQueue: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Next: Equatable {
        case line(BatchLine)
        /// More lines are to be read from the store, behind this number.
        case read(after: Int)
        /// There is one then, unless something comes back sooner.
        case wait(until: Instant)
        /// None, unless one that is being asked comes back.
        case nothing
    }

    /// What is known of a line that was put back for what may be its own doing.
    private struct Past {
        var failures = 0
        var refusals = 0
        /// How often it was put back; its waits grow with them.
        var waits = 0
        /// Failures while it was everybody's trouble, as it seemed, and when the first of them was.
        var outageFailures = 0
        var failsSince: Instant?
    }

    private let settings: BatchSettings
    /// In the order of the file; the next one last.
    private var fresh: [BatchLine] = []
    /// Behind which line the store is read; nil when there are none.
    private var readFrom: Int? = 0
    private var readAt: Instant?
    /// To be asked again, and when; the soonest last.
    private var waiting: [(line: BatchLine, due: Instant)] = []
    /// Whether lines were put back that found no room in `waiting`: they are read again.
    private var hasForgotten = false
    private var pasts: [Int: Past] = [:]
    /// Lines that are being asked.
    private var out = 0
    /// Lines at once: fewer where a limit is met, more with each answer.
    private(set) var width: Int
    private var wasPutBack = false
    private(set) var pausedUntil: Instant?
    /// Pauses since the last answer.
    private var pauses = 0
    /// Different lines that met trouble since the last answer, as far as they matter.
    private var troubled: Set<Int> = []
    /// Times that a line was put back since the last answer, limits of our own left out.
    private var troubles = 0

    /// So many different lines in a row are no coincidence.
    static let outageLines = 3
    /// Lines that wait in memory.
    static let waitingMax = 1_024

    init(_ settings: BatchSettings) {
        self.settings = settings
        width = settings.concurrency
    }

    /// Whether what is met is everybody's.
    var isOutage: Bool { troubled.count >= Self.outageLines }

    /// Whether nothing has got through for so long that somebody may want to know.
    var isHeld: Bool { isOutage || troubles >= Self.outageLines && out == 0 || pauses >= Self.outageLines }

    /// When something is tried again that waits.
    var nextTry: Instant? {
        let ready = fresh.isEmpty ? (readFrom == nil ? waiting.last?.due : readAt) : nil
        return [pausedUntil, ready].compactMap { $0 }.max()
    }

    /// Its batch has a slot again: what its lines have met is known, and they are read anew.
    mutating func startOver() {
        (fresh, waiting) = ([], [])
        (readFrom, readAt) = (0, nil)
        hasForgotten = false
        wasPutBack = false
        out = 0
    }

    // MARK: What is next

    mutating func next(at now: Instant) -> Next {
        guard out < width else { return .nothing }
        if let pausedUntil, now < pausedUntil { return hasMore ? .wait(until: pausedUntil) : .nothing }
        let isDue = waiting.last.map { $0.due <= now } ?? false
        // In turn, so that neither holds the others up. Whether an outage is over, a line shows that has not failed by
        // itself.
        if isDue, !wasPutBack, !isOutage { return .line(takeWaiting()) }
        if fresh.isEmpty, let readFrom, readAt.map({ $0 <= now }) ?? true { return .read(after: readFrom) }
        if let line = fresh.popLast() {
            out += 1
            wasPutBack = false
            return .line(line)
        }
        if isDue { return .line(takeWaiting()) }
        if hasForgotten, waiting.isEmpty, readFrom == nil, out == 0 {
            // Nothing is under way, so that none is read that is being asked.
            hasForgotten = false
            readFrom = 0
            return .read(after: 0)
        }
        let due = [waiting.last?.due, readFrom == nil ? nil : readAt].compactMap { $0 }.min()
        return due.map { .wait(until: $0) } ?? .nothing
    }

    private var hasMore: Bool { !fresh.isEmpty || readFrom != nil || !waiting.isEmpty || hasForgotten }

    private mutating func takeWaiting() -> BatchLine {
        out += 1
        wasPutBack = true
        return waiting.removeLast().line
    }

    /// What the store had behind the number that was asked for.
    mutating func add(_ lines: [BatchLine]) {
        fresh = lines.reversed()
        readFrom = lines.last?.number
        readAt = nil
    }

    /// The store did not say: it is asked again.
    mutating func cannotRead(at now: Instant) {
        troubles += 1
        readAt = now.advanced(by: .milliseconds(settings.retryMilliseconds))
    }

    // MARK: What came of a line

    mutating func answered(_ line: BatchLine) {
        out -= 1
        pasts[line.number] = nil
        troubled = []
        troubles = 0
        pauses = 0
        width = min(settings.concurrency, width + 1)
    }

    /// - Returns: false when it was asked often enough: it counts as being asked until `gaveUp`.
    mutating func putBack(_ line: BatchLine, _ trouble: LaneTrouble, at now: Instant) -> Bool {
        if trouble.kind != .limit { troubles += 1 }
        var due = now
        switch trouble.kind {
        case .limit:
            width = max(1, width / 2)
            pause(trouble, at: now)
        case .store: due = now.advanced(by: .milliseconds(settings.retryMilliseconds))
        case .providerLimit, .provider, .failure:
            // What a line meets that has met trouble of its own before says nothing of the others.
            let isFirst = (pasts[line.number]?.waits ?? 0) == 0
            if isFirst, !isOutage { troubled.insert(line.number) }
            guard count(trouble.kind, line, at: now) else { return false }
            if isOutage {
                width = 1
                pause(trouble, at: now)
            } else if trouble.kind == .providerLimit, isFirst {
                width = max(1, width / 2)
                pause(trouble, at: now)
            }
            let asked = min(trouble.milliseconds ?? 0, settings.lineWaitMaxMilliseconds)
            due = now.advanced(by: .milliseconds(max(ownWait(line), asked)))
        }
        out -= 1
        keep(line, until: max(due, pausedUntil ?? due))
        return true
    }

    /// It has the last of what it was answered. That says nothing of the others.
    mutating func gaveUp(_ line: BatchLine) {
        out -= 1
        pasts[line.number] = nil
    }

    /// - Returns: false when it is the last time.
    private mutating func count(_ kind: LaneTrouble.Kind, _ line: BatchLine, at now: Instant) -> Bool {
        var past = pasts[line.number] ?? Past()
        defer { pasts[line.number] = past }
        guard !isOutage else {
            // What no line can help is waited for to the end of the window: a limit may be one of the day.
            guard kind == .failure else { return true }
            past.outageFailures += 1
            let since = past.failsSince ?? now
            past.failsSince = since
            return past.outageFailures < settings.triesMax
                || since.duration(to: now) < .milliseconds(settings.failingMaxMilliseconds)
        }
        past.waits += 1
        switch kind {
        case .failure:
            past.failures += 1
            return past.failures < settings.triesMax
        case .providerLimit:
            past.refusals += 1
            return past.refusals < settings.refusalsMax
        case .limit, .provider, .store: return true
        }
    }

    /// Milliseconds: four times as long each time.
    private func ownWait(_ line: BatchLine) -> Int64 {
        let past = pasts[line.number] ?? Past()
        let waits = isOutage ? past.outageFailures : past.waits
        guard waits > 0 else { return 0 }
        return min(settings.backoffMilliseconds << (2 * min(waits - 1, 10)), settings.lineWaitMaxMilliseconds)
    }

    private mutating func pause(_ trouble: LaneTrouble, at now: Instant) {
        // Lines that were under way when the pause began are no further pause.
        let isPaused = pausedUntil.map { now < $0 } ?? false
        let backoff =
            isPaused ? 0 : min(settings.backoffMilliseconds << min(pauses, 20), settings.backoffMaxMilliseconds)
        var wait = trouble.milliseconds ?? backoff
        // Somebody who always says the same, and lets nothing through, does not know.
        if trouble.kind != .limit, pauses >= Self.outageLines { wait = max(wait, backoff) }
        wait = min(max(wait, settings.waitMinMilliseconds), settings.backoffMaxMilliseconds)
        let until = now.advanced(by: .milliseconds(wait))
        pausedUntil = max(pausedUntil ?? until, until)
        if !isPaused { pauses += 1 }
    }

    private mutating func keep(_ line: BatchLine, until due: Instant) {
        guard waiting.count < Self.waitingMax else {
            hasForgotten = true
            return
        }
        // Behind those that are due at the same time.
        var (low, high) = (0, waiting.count)
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle].due > due { low = middle + 1 } else { high = middle }
        }
        waiting.insert((line, due), at: low)
    }
}

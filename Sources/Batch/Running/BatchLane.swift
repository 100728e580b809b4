import SQL

/// Sees the lines of a batch through that name one model: in the order of the file, several at once, and those again
/// that a limit or a provider did not let through. A limit holds up its own model alone.
struct BatchLane: Sendable {
    let asking: LineAsking
    let gate: LineGate
    /// nil for all of the batch's.
    let model: String?

    private static let linesPerRead = 256

    private enum Event: Sendable {
        case ended(LineAsking.End)
        /// What was waited for may have come.
        case woken
    }

    /// Lines that are not asked yet, and what is known of the limit.
    private struct Queue {
        var fresh: [BatchLine] = []
        /// Of the last line that was read; nil when there are none behind it.
        var read: Int? = 0
        /// To be asked again, and when; the soonest last.
        var waiting: [(line: BatchLine, due: ContinuousClock.Instant)] = []
        /// How often a provider failed a line.
        var tries: [Int: Int] = [:]
        var pausedUntil = ContinuousClock.now
        /// Limits met since the last answer.
        var limits = 0
        /// Lines at once: fewer where a limit is met, more with each answer.
        var width: Int

        mutating func put(_ line: BatchLine, due: ContinuousClock.Instant) {
            let place = waiting.firstIndex { $0.due <= due } ?? waiting.count
            waiting.insert((line, due), at: place)
        }

        /// When the next line can be asked that cannot now; nil when there is none.
        var nextDue: ContinuousClock.Instant? {
            if !fresh.isEmpty { return pausedUntil }
            return waiting.last.map { max($0.due, pausedUntil) }
        }
    }

    /// - Throws: `SQLError` where the store fails; `CancellationError`. What has no answer then is found again.
    func run() async throws {
        var queue = Queue(width: asking.settings.concurrency)
        try await withThrowingTaskGroup(of: Event.self) { group in
            var running = 0
            var isTimed = false
            while true {
                try Task.checkCancellation()
                if running < queue.width, let line = try await next(&queue) {
                    guard await gate.enter() else { throw CancellationError() }
                    let tries = queue.tries[line.number] ?? 0
                    group.addTask {
                        defer { gate.leave() }
                        return .ended(try await asking.ask(line, tries: tries))
                    }
                    running += 1
                    continue
                }
                if running < queue.width, !isTimed, let due = queue.nextDue {
                    isTimed = true
                    group.addTask {
                        try await Task.sleep(until: due, clock: .continuous)
                        return .woken
                    }
                }
                guard running > 0 || isTimed, let event = try await group.next() else { return }
                switch event {
                case .woken: isTimed = false
                case .ended(let end):
                    running -= 1
                    note(end, &queue)
                }
            }
        }
    }

    private func next(_ queue: inout Queue) async throws -> BatchLine? {
        let now = ContinuousClock.now
        guard now >= queue.pausedUntil else { return nil }
        if let first = queue.waiting.last, first.due <= now {
            queue.waiting.removeLast()
            return first.line
        }
        if queue.fresh.isEmpty, let last = queue.read {
            queue.fresh = try await asking.database.read { [asking, model] connection in
                try LineStore.unanswered(
                    of: asking.batch.id, model: model, after: last, count: Self.linesPerRead, in: connection
                ).reversed()
            }
            queue.read = queue.fresh.first?.number
        }
        return queue.fresh.popLast()
    }

    private func note(_ end: LineAsking.End, _ queue: inout Queue) {
        let settings = asking.settings
        switch end {
        case .answered:
            queue.limits = 0
            queue.width = min(settings.concurrency, queue.width + 1)
        case .limited(let line, let milliseconds):
            asking.counters.putOff()
            queue.width = max(1, queue.width / 2)
            let wait = min(
                max(milliseconds ?? backoff(queue.limits), settings.waitMinMilliseconds),
                settings.backoffMaxMilliseconds)
            queue.limits += 1
            queue.pausedUntil = max(queue.pausedUntil, .now.advanced(by: .milliseconds(wait)))
            queue.put(line, due: queue.pausedUntil)
        case .failed(let line):
            asking.counters.putOff()
            let tries = queue.tries[line.number, default: 0]
            queue.tries[line.number] = tries + 1
            queue.put(line, due: .now.advanced(by: .milliseconds(backoff(tries))))
        }
    }

    private func backoff(_ times: Int) -> Int64 {
        min(asking.settings.backoffMilliseconds << min(times, 20), asking.settings.backoffMaxMilliseconds)
    }
}

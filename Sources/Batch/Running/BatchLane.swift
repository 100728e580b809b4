import Domain
import SQL

/// Sees the lines of a batch through that name one model, several at once, as its `LaneQueue` says. What holds up one
/// model holds up no other.
struct BatchLane: Sendable {
    enum End: Sendable {
        /// Every line has its answer.
        case done
        /// It was told to make room, or to end.
        case left
        /// The store is closed.
        case closed
    }

    let asking: LineAsking
    let gate: LineGate
    let stop: BatchStop
    let holds: BatchHolds
    let memory: LaneMemory
    /// nil for all of the batch's.
    let model: String?

    private static let linesPerRead = 256

    private enum Event: Sendable {
        case ended(BatchLine, LineAsking.End)
        /// What was waited for may have come.
        case woken
    }

    /// What is under way, and what is known of it.
    private struct Progress {
        var queue: LaneQueue
        var running = 0
        /// Until when the timer waits; nil when none does.
        var timedUntil: ContinuousClock.Instant?
        var isClosed = false
    }

    /// Ends when what it has begun has ended: that is paid for, and is kept whatever else fails.
    func run() async -> End {
        var progress = Progress(queue: memory.take(asking.batch.id, model) ?? LaneQueue(asking.settings))
        let bell = stop.laneBell()
        defer { stop.forget(bell) }
        await withTaskGroup(of: Event.self) { group in
            while goesOn(progress), await begin(&progress, &group, bell), let event = await group.next() {
                await note(event, &progress, &group)
            }
            bell.ring()
            while progress.running > 0 || progress.timedUntil != nil, let event = await group.next() {
                await note(event, &progress, &group)
            }
        }
        if progress.isClosed { return .closed }
        guard goesOn(progress) else {
            if stop.isLeaving { memory.keep(progress.queue, of: asking.batch.id, model) }
            return .left
        }
        holds.release(asking.batch.id, model)
        return .done
    }

    private func goesOn(_ progress: Progress) -> Bool {
        !Task.isCancelled && !stop.isLeaving && !progress.isClosed
    }

    /// Begins what can begin now.
    /// - Returns: false when nothing is left to wait for.
    private func begin(_ progress: inout Progress, _ group: inout TaskGroup<Event>, _ bell: Doorbell) async -> Bool {
        while goesOn(progress) {
            switch progress.queue.next(at: .now) {
            case .line(let line):
                let claim = asking.claim
                guard await gate.enter(claim) else { return false }
                progress.running += 1
                group.addTask { [asking, gate] in
                    defer { gate.leave(claim) }
                    return .ended(line, await asking.ask(line))
                }
            case .read(let after): await read(after, &progress)
            case .wait(let until):
                guard let timed = progress.timedUntil else {
                    progress.timedUntil = until
                    group.addTask {
                        await bell.wait(atMost: ContinuousClock.now.duration(to: until))
                        return .woken
                    }
                    return true
                }
                if until < timed { bell.ring() }
                return true
            case .nothing: return progress.running > 0
            }
        }
        return false
    }

    private func read(_ after: Int, _ progress: inout Progress) async {
        do {
            let lines = try await asking.database.read { [asking, model] connection in
                try LineStore.unanswered(
                    of: asking.batch.id, model: model, after: after, count: Self.linesPerRead, in: connection)
            }
            progress.queue.add(lines)
        } catch {
            guard !Task.isCancelled else { return }
            progress.isClosed = (error as? SQLError) == .closed
            asking.report(error)
            progress.queue.cannotRead(at: .now)
            tell(.store, progress)
        }
    }

    private func note(_ event: Event, _ progress: inout Progress, _ group: inout TaskGroup<Event>) async {
        guard case .ended(let line, let end) = event else {
            progress.timedUntil = nil
            return
        }
        progress.running -= 1
        switch end {
        case .answered:
            progress.queue.answered(line)
            holds.release(asking.batch.id, model)
        case .putOff(let trouble, let answer):
            if progress.queue.putBack(line, trouble, at: .now) {
                asking.counters.putOff()
            } else {
                // Beside the others, which need not wait for the store.
                progress.running += 1
                group.addTask { [asking] in .ended(line, await asking.giveUp(line, answer)) }
            }
            tell(trouble, progress)
        case .gaveUp: progress.queue.gaveUp(line)
        case .interrupted: break
        case .closed: progress.isClosed = true
        }
    }

    private func tell(_ trouble: LaneTrouble, _ progress: Progress) {
        guard progress.queue.isHeld else { return }
        let next = progress.queue.nextTry
        holds.hold(asking.batch.id, model, trouble, wait: next.map { ContinuousClock.now.duration(to: $0) } ?? .zero)
    }
}

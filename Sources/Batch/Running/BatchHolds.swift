import Domain
import Synchronization

/// Which lanes of which batches are held up, for who looks at a batch, and for the log: that is told once when it
/// lasts, and once when it is over.
final class BatchHolds: Sendable {
    /// nil for a hold that is over.
    typealias Notice = @Sendable (_ batch: String, _ model: String?, LaneHold?) -> Void

    private struct Entry {
        var hold: LaneHold
        var isTold = false
    }

    private let clock: WallClock
    private let noticeMilliseconds: Int64
    private let notice: Notice
    /// By the batch's id, and by the model.
    private let entries = Mutex<[String: [String?: Entry]]>([:])

    init(_ settings: BatchSettings, clock: WallClock, notice: @escaping Notice) {
        noticeMilliseconds = settings.heldNoticeMilliseconds
        self.clock = clock
        self.notice = notice
    }

    /// - Parameter wait: until it is tried again.
    func hold(_ batch: String, _ model: String?, _ trouble: LaneTrouble, wait: Duration) {
        let now = clock.now()
        let milliseconds = wait.components.seconds * 1_000 + wait.components.attoseconds / 1_000_000_000_000_000
        let told = entries.withLock { entries -> LaneHold? in
            var entry = entries[batch]?[model]
            let hold = LaneHold(
                model: model, trouble: trouble, since: entry?.hold.since ?? now,
                nextAt: now.advanced(byMilliseconds: max(0, milliseconds)))
            let isTold = entry?.isTold ?? false
            let isDue = !isTold && now.milliseconds - hold.since.milliseconds >= noticeMilliseconds
            entry = Entry(hold: hold, isTold: isTold || isDue)
            entries[batch, default: [:]][model] = entry
            return isDue ? hold : nil
        }
        if let told { notice(batch, model, told) }
    }

    /// A line got through, or none is left.
    func release(_ batch: String, _ model: String?) {
        let wasTold = entries.withLock { entries in
            let entry = entries[batch]?.removeValue(forKey: model)
            if entries[batch]?.isEmpty == true { entries[batch] = nil }
            return entry?.isTold ?? false
        }
        if wasTold { notice(batch, model, nil) }
    }

    /// The batch has ended.
    func forget(_ batch: String) {
        entries.withLock { _ = $0.removeValue(forKey: batch) }
    }

    func of(_ batch: String) -> [LaneHold] {
        entries.withLock { entries in
            (entries[batch] ?? [:]).values.map(\.hold).sorted { ($0.model ?? "") < ($1.model ?? "") }
        }
    }

    /// Lanes by the reason that they are held up for.
    var counts: [LaneTrouble.Kind: Int] {
        entries.withLock { entries in
            var counts: [LaneTrouble.Kind: Int] = [:]
            for lanes in entries.values {
                for entry in lanes.values { counts[entry.hold.trouble.kind, default: 0] += 1 }
            }
            return counts
        }
    }
}

import Reactor
import Synchronization

/// How long one place of a deployment took to begin to answer of late: the last thousand answers or five minutes, with
/// as many before them. Counted in buckets that are a sixteenth of a power of two wide, so that what is read is at most
/// 6.25% too much (as HdrHistogram does). Plain answers begin with their head, streams with their first event.
final class AnswerTimes: Sendable {
    private struct Span: Sendable {
        var buckets = [UInt32](repeating: 0, count: AnswerTimes.bucketCount)
        var count = 0
        /// Nanoseconds; 0 before anything was seen.
        var beganAt: UInt64 = 0
    }

    private struct Record: Sendable {
        var current = Span()
        var former = Span()
    }

    private static let unit: UInt64 = 65_536
    /// To an hour and more.
    private static let bucketCount = 384
    private static let spanCountMax = 1_000
    private static let spanTimeMax: UInt64 = 300_000_000_000
    /// So many are wanted beyond a quantile, and in all.
    private static let beyondMin = 5.0
    private static let countMin = 20

    private let plain = Mutex<Record?>(nil)
    private let streamed = Mutex<Record?>(nil)

    /// - Parameter elapsed: nanoseconds; of one that was given up, those until then: it would have taken longer, and so
    ///   is beyond the quantile that it was waited for.
    func observe(_ elapsed: UInt64, isStream: Bool, at now: MonotonicInstant) {
        change(isStream) { record in
            Self.turn(&record, at: now.nanoseconds)
            record?.current.buckets[Self.bucket(of: elapsed)] += 1
            record?.current.count += 1
        }
    }

    /// - Returns: nanoseconds; nil while too few are known for it.
    func quantile(_ quantile: Double, isStream: Bool, at now: MonotonicInstant) -> UInt64? {
        change(isStream) { record in
            guard record != nil else { return nil }
            Self.turn(&record, at: now.nanoseconds)
            guard let record else { return nil }
            let count = record.current.count + record.former.count
            let beyond = Double(count) * (1 - quantile)
            // 0.95 is a little less than itself in binary.
            guard count >= Self.countMin, beyond + 1e-6 >= Self.beyondMin else { return nil }
            var left = Int(beyond + 1e-6)
            for bucket in stride(from: Self.bucketCount - 1, through: 0, by: -1) {
                left -= Int(record.current.buckets[bucket]) + Int(record.former.buckets[bucket])
                if left < 0 { return Self.end(of: bucket) }
            }
            return nil
        }
    }

    /// How many answers are known.
    func count(isStream: Bool, at now: MonotonicInstant) -> Int {
        change(isStream) { record in
            guard record != nil else { return 0 }
            Self.turn(&record, at: now.nanoseconds)
            return record.map { $0.current.count + $0.former.count } ?? 0
        }
    }

    private func change<Result: Sendable>(_ isStream: Bool, _ body: (inout Record?) -> Result) -> Result {
        isStream ? streamed.withLock { body(&$0) } : plain.withLock { body(&$0) }
    }

    /// The span that has ended becomes the one before; one that ended long ago is of no use any more.
    private static func turn(_ record: inout Record?, at now: UInt64) {
        if record == nil { record = Record() }
        guard let beganAt = record?.current.beganAt else { return }
        if beganAt == 0 {
            record?.current.beganAt = max(1, now)
            return
        }
        let age = now > beganAt ? now - beganAt : 0
        guard age >= spanTimeMax || (record?.current.count ?? 0) >= spanCountMax else { return }
        let ended = record?.current ?? Span()
        record?.former = age >= 2 * spanTimeMax ? Span() : ended
        record?.current = Span()
        record?.current.beganAt = max(1, now)
    }

    private static func bucket(of elapsed: UInt64) -> Int {
        let value = elapsed / unit
        let shift = max(0, 64 - value.leadingZeroBitCount - 5)
        return min(bucketCount - 1, shift * 16 + Int(value >> UInt64(shift)))
    }

    /// Nanoseconds.
    private static func end(of bucket: Int) -> UInt64 {
        let shift = bucket < 32 ? 0 : bucket / 16 - 1
        return (UInt64(bucket - shift * 16 + 1) << UInt64(shift)) * unit
    }
}

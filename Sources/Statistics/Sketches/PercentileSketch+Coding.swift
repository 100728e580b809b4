package extension PercentileSketch {
    /// Why bytes are no encoded sketch.
    enum DecodingFault: Error, Sendable, Hashable {
        case unknownVersion(UInt8)
        case truncated
        case inconsistent
    }

    private static let version: UInt8 = 1

    /// Version, then varints: refused, zeros, and, where anything was recorded, minimum and maximum (bit patterns) and
    /// the exact sum (little endian), then runs of used buckets: how many, and for each the gap before it, its length,
    /// its counts.
    func encoded() -> [UInt8] {
        var bytes = [Self.version]
        bytes.appendVarint(refused)
        bytes.appendVarint(zeros)
        guard count > 0 else { return bytes }
        bytes.appendFixed(smallest.bitPattern)
        bytes.appendFixed(largest.bitPattern)
        bytes.appendFixed(UInt128(bitPattern: total.units))
        let runs = Self.runs(of: buckets)
        bytes.appendVarint(UInt64(runs.count))
        var next = LogScale.range.lowerBound
        for run in runs {
            bytes.appendVarint(UInt64(run.start - next))
            bytes.appendVarint(UInt64(run.counts.count))
            for count in run.counts { bytes.appendVarint(count) }
            next = run.start + run.counts.count
        }
        return bytes
    }

    /// Reads what `encoded()` wrote, and nothing else: counts, ends and buckets must agree.
    init(decoding bytes: [UInt8]) throws(DecodingFault) {
        var reader = VarintReader(bytes: bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknownVersion(version) }
        let refused = try reader.varint()
        let zeros = try reader.varint()
        guard !reader.isAtEnd else {
            guard zeros == 0 else { throw .truncated }
            self.init()
            self.init(
                refused: refused, zeros: 0, smallest: smallest, largest: largest, total: total, buckets: buckets,
                count: 0)
            return
        }
        let smallest = Double(bitPattern: try reader.fixed(UInt64.self))
        let largest = Double(bitPattern: try reader.fixed(UInt64.self))
        let total = ExactSum(units: Int128(bitPattern: try reader.fixed(UInt128.self)))
        guard smallest >= 0, smallest <= largest, largest.isFinite, total.units >= 0 else { throw .inconsistent }
        var buckets = BucketCounts()
        var count = zeros
        var next = LogScale.range.lowerBound
        let runCount = try reader.varint()
        guard runCount <= UInt64(LogScale.range.count) else { throw .inconsistent }
        for run in 0..<runCount {
            let gap = try reader.varint()
            let length = try reader.varint()
            // Two runs without a gap would be one: only one spelling of a sketch is read.
            guard gap <= UInt64(LogScale.range.count), length > 0, length <= UInt64(LogScale.range.count),
                run == 0 || gap > 0
            else { throw .inconsistent }
            next += Int(gap)
            for _ in 0..<length {
                let bucketCount = try reader.varint()
                guard bucketCount > 0, LogScale.range.contains(next) else { throw .inconsistent }
                buckets.add(bucketCount, at: next)
                count = count.addingSaturated(bucketCount)
                next += 1
            }
        }
        guard reader.isAtEnd, count > 0 else { throw .inconsistent }
        self.init(
            refused: refused, zeros: zeros, smallest: smallest, largest: largest, total: total, buckets: buckets,
            count: count)
        guard endsAgree else { throw .inconsistent }
    }

    /// The exact ends fall into the outermost buckets.
    private var endsAgree: Bool {
        var lowest: Int?
        var highest: Int?
        for (bucket, _) in buckets.occupied {
            lowest = lowest ?? bucket
            highest = bucket
        }
        let low = zeros > 0 ? nil : lowest
        return smallest.isZero == (zeros > 0) && (smallest.isZero || LogScale.bucket(of: smallest) == low)
            && (largest.isZero ? highest == nil : LogScale.bucket(of: largest) == highest)
    }

    private static func runs(of buckets: BucketCounts) -> [(start: Int, counts: [UInt64])] {
        var runs: [(start: Int, counts: [UInt64])] = []
        for (bucket, count) in buckets.occupied {
            if let last = runs.last, last.start + last.counts.count == bucket {
                runs[runs.count - 1].counts.append(count)
            } else {
                runs.append((bucket, [count]))
            }
        }
        return runs
    }
}

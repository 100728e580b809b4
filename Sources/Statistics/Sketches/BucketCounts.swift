/// Counts per bucket over exactly the span from the lowest to the highest used bucket, so that equal contents are equal
/// values. Four bytes a bucket; what does not fit is carried aside, which happens after four thousand million in one
/// bucket.
struct BucketCounts: Sendable, Equatable {
    private var lowest = 0
    private var counts: [UInt32] = []
    /// Multiples of 2^32 by bucket.
    private var carries: [Int: UInt32] = [:]

    mutating func add(_ count: UInt64, at bucket: Int) {
        guard count > 0 else { return }
        cover(bucket...bucket)
        let index = bucket - lowest
        let old = UInt64(counts[index]) | UInt64(carries[bucket] ?? 0) << 32
        let new = old.addingSaturated(count)
        counts[index] = UInt32(truncatingIfNeeded: new)
        if new >> 32 > 0 { carries[bucket] = UInt32(truncatingIfNeeded: new >> 32) }
    }

    mutating func merge(_ other: BucketCounts) {
        guard let last = other.counts.indices.last else { return }
        cover(other.lowest...other.lowest + last)
        for (bucket, count) in other.occupied { add(count, at: bucket) }
    }

    /// Buckets that hold something, from the lowest up.
    var occupied: some Sequence<(bucket: Int, count: UInt64)> {
        counts.enumerated().lazy.compactMap { index, low in
            let bucket = index + lowest
            let count = UInt64(low) | (carries.isEmpty ? 0 : UInt64(carries[bucket] ?? 0) << 32)
            return count > 0 ? (bucket, count) : nil
        }
    }

    private mutating func cover(_ range: ClosedRange<Int>) {
        if counts.isEmpty {
            lowest = range.lowerBound
            counts = [UInt32](repeating: 0, count: range.count)
            return
        }
        if range.lowerBound < lowest {
            counts.insert(contentsOf: repeatElement(0, count: lowest - range.lowerBound), at: 0)
            lowest = range.lowerBound
        }
        let missing = range.upperBound - (lowest + counts.count - 1)
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
    }
}

import Foundation
import Statistics
import Testing

struct PercentileSketchTests {
    private static let quantiles = [0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1]

    private func exact(_ sorted: [Double], _ q: Double) -> Double {
        sorted[min(max(Int((q * Double(sorted.count) * (1 - 1e-14)).rounded(.up)) - 1, 0), sorted.count - 1)]
    }

    private func stream(_ shape: Int, count: Int) -> [Double] {
        var generator = SplitMix64(seed: UInt64(shape) + 40)
        return (0..<count).map { _ in
            let u = generator.nextUnit()
            switch shape {
            case 0: return u * 1000
            case 1: return exp(log(1e-3) + u * log(1e12))
            case 2: return -log(1 - u) * 120
            case 3: return u < 0.3 ? 0 : pow(1 - u, -2)
            default: return (u * 5).rounded() * 10
            }
        }
    }

    @Test(arguments: 0..<5) func quantilesAreWithinOnePercent(shape: Int) throws {
        let values = stream(shape, count: 30_000)
        var sketch = PercentileSketch()
        for value in values { sketch.add(value) }
        let sorted = values.sorted()
        for q in Self.quantiles {
            let truth = exact(sorted, q)
            let estimate = try #require(sketch.quantile(q))
            #expect(abs(estimate - truth) <= 0.01 * truth * (1 + 1e-9), "q=\(q): \(estimate) for \(truth)")
        }
        #expect(sketch.minimum == sorted.first && sketch.maximum == sorted.last)
        #expect(abs(sketch.sum - values.reduce(0, +)) <= 1e-9 * sketch.sum)
        #expect(sketch.encoded().count <= 8192)
    }

    @Test func mergingInAnyOrderEqualsOneStreamBitForBit() throws {
        let values = stream(1, count: 4000) + stream(3, count: 4000)
        var whole = PercentileSketch()
        for value in values { whole.add(value) }
        var generator = SplitMix64(seed: 8)
        for _ in 0..<5 {
            var parts = [PercentileSketch](repeating: PercentileSketch(), count: 7)
            for value in values.shuffled(using: &generator) {
                parts[Int.random(in: 0..<7, using: &generator)].add(value)
            }
            var merged = PercentileSketch()
            for part in parts.shuffled(using: &generator) { merged.merge(part) }
            #expect(merged == whole)
            #expect(merged.encoded() == whole.encoded())
        }
    }

    @Test func sumIsExactWhereFloatingPointIsNot() {
        var sketch = PercentileSketch()
        sketch.add(1e9)
        sketch.add(0.001, count: 1000)
        var other = PercentileSketch()
        other.add(0.001, count: 1000)
        other.add(1e9)
        #expect(sketch == other)
        #expect(sketch.sum == 1_000_000_001)
        #expect(sketch.mean == 1_000_000_001.0 / 1001)
    }

    @Test func decodingGivesTheSameSketch() throws {
        var sketch = PercentileSketch()
        #expect(try PercentileSketch(decoding: sketch.encoded()) == sketch)
        for value in stream(3, count: 2000) { sketch.add(value) }
        sketch.add(-1)
        sketch.add(.nan, count: 3)
        sketch.add(17, count: 1 << 40)
        #expect(sketch.refused == 4)
        #expect(try PercentileSketch(decoding: sketch.encoded()) == sketch)
        var zeros = PercentileSketch()
        zeros.add(-0.0, count: 5)
        #expect(try PercentileSketch(decoding: zeros.encoded()) == zeros)
        #expect(zeros.quantile(0.5) == 0)
    }

    @Test func brokenBytesAreRefusedOrReadAsAnotherCanonicalSketch() throws {
        var sketch = PercentileSketch()
        for value in stream(2, count: 500) { sketch.add(value) }
        let bytes = sketch.encoded()
        for length in 0..<bytes.count {
            // Cut behind the counts of refused and zero values it is an empty sketch.
            if length == 3 { continue }
            #expect(throws: PercentileSketch.DecodingFault.self) {
                try PercentileSketch(decoding: Array(bytes[..<length]))
            }
        }
        var generator = SplitMix64(seed: 6)
        for _ in 0..<5000 {
            var broken = bytes
            broken[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            if let read = try? PercentileSketch(decoding: broken) { #expect(read.encoded() == broken) }
        }
        #expect(throws: PercentileSketch.DecodingFault.unknownVersion(9)) { try PercentileSketch(decoding: [9]) }
        #expect(throws: PercentileSketch.DecodingFault.truncated) { try PercentileSketch(decoding: []) }
    }

    @Test func ranksAreNearestRanksAndBadQuantilesAreNil() {
        var sketch = PercentileSketch()
        #expect(sketch.quantile(0.5) == nil && sketch.mean == nil && sketch.minimum == nil)
        for value in 1...100 { sketch.add(Double(value)) }
        for percent in 1...100 {
            let estimate = sketch.quantile(Double(percent) / 100) ?? 0
            #expect(abs(estimate - Double(percent)) <= 0.01 * Double(percent) * (1 + 1e-9), "p\(percent)")
        }
        #expect(sketch.quantile(-0.1) == nil && sketch.quantile(1.1) == nil && sketch.quantile(.nan) == nil)
    }

    @Test func valuesPastTheRangeKeepTheirExactEndsAndHugeCountsDoNotTrap() {
        var sketch = PercentileSketch()
        sketch.add(1e300, count: .max)
        sketch.add(1e-9, count: 10)
        sketch.add(5, count: .max)
        #expect(sketch.maximum == 1e300 && sketch.minimum == 1e-9 && sketch.count == .max)
        #expect(sketch.quantile(0) == 1e-9 && sketch.quantile(1) == 1e300)
    }
}

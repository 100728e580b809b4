/// The direction of a vector: of length 1, so that the product of two is the cosine of their angle.
struct UnitVector: Sendable {
    /// Numbers in a vector at most. The longest that are sold have 4,096; what is longer would fill the cache.
    static let dimensionMax = 8_192
    /// What a cosine is told and compared in: what is finer is the rounding of its terms.
    static let parts = 100_000

    /// How many numbers it was made of.
    let dimension: Int
    /// Those numbers by eights, the last ones zero.
    private let lanes: [SIMD8<Float>]

    /// - Returns: nil for what has no direction (no number, nothing but zeros, one that is none or endless) and for
    ///   what is too long.
    init?(_ numbers: [Double]) {
        guard !numbers.isEmpty, numbers.count <= Self.dimensionMax else { return nil }
        // By its greatest first: squares of what is very large or very small would be endless, or nothing.
        let greatest = numbers.reduce(0) { max($0, abs($1)) }
        guard greatest > 0, greatest.isFinite, numbers.allSatisfy(\.isFinite) else { return nil }
        let length = numbers.reduce(0) { $0 + ($1 / greatest) * ($1 / greatest) }.squareRoot()
        var lanes = [SIMD8<Float>](repeating: .zero, count: (numbers.count + 7) / 8)
        for (index, number) in numbers.enumerated() {
            lanes[index / 8][index % 8] = Float(number / greatest / length)
        }
        self.lanes = lanes
        dimension = numbers.count
    }

    /// Bytes of memory that it takes.
    var byteCount: Int { lanes.count * MemoryLayout<SIMD8<Float>>.stride }

    /// The cosine of the angle between two of the same dimension, in `parts`; nil for any two others.
    func similarity(to other: UnitVector) -> Int? {
        guard dimension == other.dimension else { return nil }
        // Four sums side by side, since each has to wait for itself.
        var sums = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
        let count = min(lanes.count, other.lanes.count)
        var index = 0
        while index &+ 4 <= count {
            sums.0 += lanes[index] * other.lanes[index]
            sums.1 += lanes[index &+ 1] * other.lanes[index &+ 1]
            sums.2 += lanes[index &+ 2] * other.lanes[index &+ 2]
            sums.3 += lanes[index &+ 3] * other.lanes[index &+ 3]
            index &+= 4
        }
        while index < count {
            sums.0 += lanes[index] * other.lanes[index]
            index &+= 1
        }
        let cosine = Double((sums.0 + sums.1 + sums.2 + sums.3).sum())
        return Int((max(-1, min(1, cosine)) * Double(Self.parts)).rounded())
    }
}

/// A sum of doubles that does not depend on their order: fixed point in units of 2^-62, which holds every double of at
/// least 2^-10 exactly (smaller ones are rounded, each by itself). It saturates at 2^65, about 3.7e19.
struct ExactSum: Sendable, Equatable {
    private(set) var units: Int128

    /// 2^62 units are one.
    private static let scale = 4_611_686_018_427_387_904.0

    init(units: Int128 = 0) {
        self.units = units
    }

    mutating func add(_ value: Double, count: UInt64) {
        guard let one = Int128(exactly: (value * Self.scale).rounded()) else {
            units = .max
            return
        }
        let (product, overflow) = one.multipliedReportingOverflow(by: Int128(count))
        merge(ExactSum(units: overflow ? .max : product))
    }

    mutating func merge(_ other: ExactSum) {
        let (sum, overflow) = units.addingReportingOverflow(other.units)
        units = overflow ? .max : sum
    }

    var value: Double { Double(units) / Self.scale }
}

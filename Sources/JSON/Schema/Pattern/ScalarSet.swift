/// A set of Unicode scalars: what one position of a pattern accepts.
struct ScalarSet: Sendable {
    private(set) var ranges: [ClosedRange<UInt32>] = []
    private var properties: [ScalarProperty] = []
    private var unions: [ScalarSet] = []
    private(set) var isNegated = false
    private(set) var ignoresCase = false
    /// The answers for ASCII, worked out once: bit n of the two words is scalar n.
    private var asciiLow: UInt64 = 0
    private var asciiHigh: UInt64 = 0

    init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges
        tabulate()
    }

    init(_ scalar: UInt32, ignoresCase: Bool = false) {
        ranges = [scalar...scalar]
        self.ignoresCase = ignoresCase
        tabulate()
    }

    init(_ property: ScalarProperty) {
        properties = [property]
        tabulate()
    }

    /// A class in brackets.
    init(union sets: [ScalarSet], negated: Bool, ignoresCase: Bool) {
        for set in sets {
            if set.isNegated || !set.unions.isEmpty {
                unions.append(set)
            } else {
                ranges += set.ranges
                properties += set.properties
            }
        }
        isNegated = negated
        self.ignoresCase = ignoresCase
        tabulate()
    }

    var negated: ScalarSet {
        ScalarSet(union: [self], negated: true, ignoresCase: ignoresCase)
    }

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return asciiLow >> UInt64(scalar) & 1 == 1 }
        if scalar < 128 { return asciiHigh >> UInt64(scalar & 63) & 1 == 1 }
        return isMember(scalar)
    }

    private mutating func tabulate() {
        // Sorted, so that a class of many ranges is searched by halves.
        ranges.sort { $0.lowerBound < $1.lowerBound }
        ranges = ranges.reduce(into: []) { merged, range in
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        for scalar in UInt32(0)..<64 {
            if isMember(scalar) { asciiLow |= 1 << UInt64(scalar) }
            if isMember(scalar + 64) { asciiHigh |= 1 << UInt64(scalar) }
        }
    }

    private func isMember(_ scalar: UInt32) -> Bool {
        var isMember = isListed(scalar)
        if !isMember, ignoresCase, let scalar = Unicode.Scalar(scalar) {
            // Simple case mappings only: one scalar for one scalar.
            for mapped in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                let scalars = mapped.unicodeScalars
                if let only = scalars.first, scalars.count == 1, isListed(only.value) { isMember = true }
            }
        }
        return isMember != isNegated
    }

    private func isListed(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        if low < ranges.count, ranges[low].contains(scalar) { return true }
        return properties.contains { $0.holds(for: scalar) } || unions.contains { $0.contains(scalar) }
    }
}

extension ScalarSet {
    static let digit = ScalarSet([0x30...0x39])
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// ECMA-262's WhiteSpace and LineTerminator.
    static let space = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    static let any = ScalarSet([0...0x10FFFF])
    static let lineEnds = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])
    static let notLineEnd = lineEnds.negated

    static func isLineEnd(_ scalar: UInt32) -> Bool { lineEnds.contains(scalar) }
}

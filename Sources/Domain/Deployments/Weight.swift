package import JSON

/// A share of traffic in hundredths of a percent, so that sums are exact: 0 to 10,000.
package struct Weight: Sendable, Hashable, Comparable {
    package static let whole = Weight(hundredths: 10_000)
    package let hundredths: Int

    package init(hundredths: Int) {
        self.hundredths = hundredths
    }

    /// - Returns: nil unless `percent` is 0…100 with at most two decimals.
    package init?(percent: Double) {
        guard percent >= 0, percent <= 100 else { return nil }
        let scaled = (percent * 100).rounded()
        // Two decimals cannot be told exactly in binary; a millionth is far below a hundredth.
        guard abs(scaled - percent * 100) < 1e-6 else { return nil }
        hundredths = Int(scaled)
    }

    package var percent: Double {
        Double(hundredths) / 100
    }

    /// As percent: whole where it is.
    package var json: JSONValue {
        hundredths % 100 == 0 ? .integer(Int64(hundredths / 100)) : .number(percent)
    }

    /// As a probability of assignment.
    package var probability: Double {
        Double(hundredths) / 10_000
    }

    package static func < (left: Weight, right: Weight) -> Bool {
        left.hundredths < right.hundredths
    }
}

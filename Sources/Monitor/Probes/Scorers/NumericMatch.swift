import Glibc
import JSON

/// The last number of the answer against the number that is expected: models reason first and conclude at the end.
package struct NumericMatch: Sendable {
    /// Absolute; the bound itself is within.
    let tolerance: Double

    func score(_ answer: String, expected: JSONValue) -> Score {
        let wanted = expected.doubleValue ?? expected.stringValue.flatMap { NumberScan.lastNumber(in: $0) }
        guard let wanted, wanted.isFinite else { return .unscored("the example expects no number") }
        guard let given = NumberScan.lastNumber(in: answer) else { return .wrong("the answer holds no number") }
        // Neither decimals nor their difference are exact in binary: at the bound itself a few ulps decide nothing.
        let slack = tolerance > 0 ? 4 * max(abs(given), abs(wanted)).ulp : 0
        guard abs(given - wanted) <= tolerance + slack else { return .wrong("the answer's number is \(given)") }
        return .right
    }
}

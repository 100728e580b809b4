import Domain
import REST

/// `15m`, `24h`: a length of time in a query.
enum TimeSpan {
    static let rule = "must be a whole number of s, m, h or d, such as 30s, 15m, 24h or 7d"

    /// - Returns: milliseconds; nil when it is no length of time, or none at all.
    static func milliseconds(_ text: String) -> Int64? {
        guard let unit = text.last, let count = Int64(text.dropLast()), (1...1_000_000).contains(count) else {
            return nil
        }
        switch unit {
        case "s": return count * 1_000
        case "m": return count * 60_000
        case "h": return count * 3_600_000
        case "d": return count * 86_400_000
        default: return nil
        }
    }

    static let schema = Schema.text(format: "length of time", rule: rule, check: { milliseconds($0) != nil })

    /// `from` and `to`, or the `window` that ends now.
    static func range(_ call: Call, now: Timestamp, standard: Int64) throws -> Range<Int64> {
        let to = try Moment.query("to", call)?.milliseconds ?? now.milliseconds + 1
        let window = call.query("window").flatMap(milliseconds) ?? standard
        let from = try Moment.query("from", call)?.milliseconds ?? to - window
        guard from < to else { throw Problem.invalid("query/from", "must be before to") }
        return from..<to
    }
}

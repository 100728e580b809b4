/// What one answer is worth.
package struct Score: Sendable, Hashable {
    /// 0…1; nil when nothing can be said of the answer.
    package let value: Double?
    /// nil when the fault is not the answer's: it counts as an error, not as a wrong answer.
    package let passed: Bool?
    /// Why it did not pass, for people.
    package let reason: String?

    static let right = Score(value: 1, passed: true, reason: nil)

    static func wrong(_ reason: String) -> Score {
        Score(value: 0, passed: false, reason: reason)
    }

    static func unscored(_ reason: String) -> Score {
        Score(value: nil, passed: nil, reason: reason)
    }
}

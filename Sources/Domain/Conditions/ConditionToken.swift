/// A word of a condition, and where it begins.
struct ConditionToken: Sendable {
    enum Kind: Sendable, Hashable {
        case name(String)
        case string(String)
        case number(Double)
        /// `&&`, `(`, `.` …
        case sign(String)
        case end
    }

    let kind: Kind
    /// In bytes.
    let offset: Int
}

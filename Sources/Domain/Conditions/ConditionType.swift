/// What is known of a part of a condition before there is a request.
enum ConditionType: String, Sendable {
    case bool = "a condition"
    case number = "a number"
    case string = "a string"
    /// A fact that may be any of them, such as a member of the caller's metadata.
    case any = "a value"

    /// Whether a comparison of the two can ever hold.
    func meets(_ other: ConditionType) -> Bool {
        self == other || self == .any || other == .any
    }
}

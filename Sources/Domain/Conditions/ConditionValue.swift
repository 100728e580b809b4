/// What a part of a condition comes to.
package enum ConditionValue: Sendable, Hashable {
    /// A fact that the request does not have.
    case absent
    case bool(Bool)
    case number(Double)
    case string(String)
}

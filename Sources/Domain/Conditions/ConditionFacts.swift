/// A request, as conditions ask about it.
package protocol ConditionFacts {
    /// `absent` for what the request does not have.
    func value(of fact: ConditionFact) -> ConditionValue
}

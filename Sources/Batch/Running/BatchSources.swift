package import Domain

/// What a batch needs of the rest of the house.
package struct BatchSources: Sendable {
    /// Answers a request as if a caller had sent it; a cancelled task ends it.
    package typealias Call = @Sendable (BatchLineRequest) async -> BatchLineAnswer
    /// Whom a key belongs to as it is now; nil when it may not be used any more.
    package typealias Principals = @Sendable (_ keyID: String) -> Principal?

    let call: Call
    let principal: Principals
    /// Whether callers need all that there is: then no line is begun.
    let isBusy: @Sendable () -> Bool

    package init(
        call: @escaping Call, principal: @escaping Principals, isBusy: @escaping @Sendable () -> Bool = { false }
    ) {
        self.call = call
        self.principal = principal
        self.isBusy = isBusy
    }
}

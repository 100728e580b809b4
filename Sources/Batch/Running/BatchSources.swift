package import Domain

/// What a batch needs of the rest of the house.
package struct BatchSources: Sendable {
    /// Answers a request as if a caller had sent it; a cancelled task ends it.
    package typealias Call = @Sendable (BatchLineRequest) async -> BatchLineAnswer
    /// Whom a key belongs to as it is now; nil when it may not be used any more.
    package typealias Principals = @Sendable (_ keyID: String) -> Principal?

    /// Whether there is something of this name that may be asked for now.
    package typealias Models = @Sendable (_ model: String, Principal) async throws -> Bool

    let call: Call
    let principal: Principals
    let serves: Models
    /// Whether callers need all that there is: then no line is begun.
    let isBusy: @Sendable () -> Bool

    package init(
        call: @escaping Call, principal: @escaping Principals, serves: @escaping Models = { _, _ in true },
        isBusy: @escaping @Sendable () -> Bool = { false }
    ) {
        self.call = call
        self.principal = principal
        self.serves = serves
        self.isBusy = isBusy
    }
}

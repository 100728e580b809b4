/// How an upstream fares, as the gateway sees it at one moment.
package struct UpstreamCondition: Sendable, Hashable {
    package enum Circuit: String, Sendable, CaseIterable {
        case closed
        case halfOpen = "half_open"
        case open
    }

    package struct CoolDown: Sendable, Hashable {
        /// The provider's own id of the model.
        package let model: String
        package let remainingMilliseconds: Int

        package init(model: String, remainingMilliseconds: Int) {
            self.model = model
            self.remainingMilliseconds = remainingMilliseconds
        }
    }

    /// What its failures have made of its breaker, whatever an operator has set.
    package var circuit = Circuit.closed
    /// Until it is tried again; nil unless it is open.
    package var openMilliseconds: Int?
    package var consecutiveFailures = 0
    /// Within the window; counted from the first failure on.
    package var windowRequests = 0
    package var windowFailures = 0
    /// A short code; nil when none has counted against it yet.
    package var lastError: String?
    /// Since the start of the process, here and below.
    package var transitions: [Circuit: Int] = [:]
    /// Inferences that were not sent to it, since it was open.
    package var skips = 0
    package var retries = 0
    /// That the retry budget did not allow.
    package var refusedRetries = 0
    /// Answers of 429.
    package var limits = 0
    /// Models that it does not want to be asked for, for now.
    package var coolDowns: [CoolDown] = []

    package init() {}
}

/// What came of one request of a batch.
package struct BatchLineAnswer: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// It will not get better by being asked again, or is good.
        case final
        /// A limit or a budget of ours, or no room just now: it counts as not asked. After so many milliseconds, where
        /// somebody said so.
        case later(milliseconds: Int64?)
        /// A limit of the provider's: of all that it is asked, or of this request alone, which is too much for it.
        case limited(milliseconds: Int64?)
        /// Whatever the request: the provider is not there or left alone, or is not set up to be asked.
        case unserved(milliseconds: Int64?)
        /// The provider failed: its own doing, or the request's.
        case failed
        /// The task that asked was cancelled.
        case cancelled
    }

    /// Of the answer, as an HTTP client would have got it.
    package let status: Int
    package let body: [UInt8]
    package let verdict: Verdict

    package init(status: Int, body: [UInt8], verdict: Verdict) {
        self.status = status
        self.body = body
        self.verdict = verdict
    }
}

/// What came back for a probe request: an answer to be scored, or why there is none.
package struct ProbeAnswer: Sendable {
    /// Of the outcome that was recorded with origin `probe`.
    package let outcomeID: String
    package let status: OutcomeStatus
    /// The text of the first choice; nil when the call failed or the answer holds no text (a tool call).
    package let text: String?
    package let latencyMilliseconds: Double
    /// A short reason when `status` is not `ok`.
    package let error: String?

    package init(
        outcomeID: String, status: OutcomeStatus, text: String?, latencyMilliseconds: Double, error: String? = nil
    ) {
        self.outcomeID = outcomeID
        self.status = status
        self.text = text
        self.latencyMilliseconds = latencyMilliseconds
        self.error = error
    }
}

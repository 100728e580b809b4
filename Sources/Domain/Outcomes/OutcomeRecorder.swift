/// The gateway's only way into telemetry: never waits, never fails; what does not fit is counted by the receiver.
package protocol OutcomeRecorder: Sendable {
    func record(_ outcome: Outcome)
}

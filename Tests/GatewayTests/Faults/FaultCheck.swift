import Domain
import JSON
import Testing

/// Holds what a caller got and what was recorded against a cell of the table.
struct FaultCheck {
    let answer: WireMessage
    let outcome: Outcome
    let isStream: Bool
    /// Which of many, where the test's own name does not tell.
    var place: Comment = ""

    func matches(_ expected: FaultExpectation, eventsBefore: String = FaultTable.firstText) {
        #expect(answer.isWhole)
        switch expected.visible {
        case .answer: isAnswered()
        case .error(let status, let code): isError(status, code)
        case .brokenStream(let code): isBroken(code, after: eventsBefore)
        }
        #expect(outcome.status == expected.outcome, place)
        #expect(outcome.isStream == isStream)
        #expect(outcome.attempts.count == 1, place)
        isAttempt(expected)
        if expected.errors.isEmpty {
            #expect(outcome.error == nil)
            #expect(outcome.servedBy == "v0")
        } else {
            #expect(expected.errors.contains(outcome.error ?? "none"), place)
        }
    }

    /// A sound variant answered, and the record says what was tried before.
    func fellBack(from expected: FaultExpectation) {
        #expect(answer.isWhole)
        isAnswered()
        #expect(answer["x-signalbox-served-by"] == "v1")
        #expect(outcome.status == .ok)
        #expect(outcome.error == nil)
        #expect(outcome.servedBy == "v1")
        #expect(outcome.attempts.map(\.variant) == ["v0", "v1"])
        isAttempt(expected)
        #expect(outcome.attempts.last?.error == nil)
        #expect(outcome.attempts.last?.status == 200)
    }

    private func isAttempt(_ expected: FaultExpectation) {
        guard let attempt = outcome.attempts.first else { return }
        #expect(attempt.status == expected.upstreamStatus, place)
        if expected.errors.isEmpty {
            #expect(attempt.error == nil)
        } else {
            #expect(expected.errors.contains(attempt.error ?? "none"), place)
        }
    }

    private func isAnswered() {
        #expect(answer.status == 200, place)
        if isStream {
            #expect(answer["content-type"] == "text/event-stream; charset=utf-8")
            #expect(answer.text.hasPrefix("data: {"))
            #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        } else {
            #expect(answer["content-type"] == "application/json")
            #expect(answer.text == FaultTable.completion)
        }
    }

    /// - Parameter code: nil for the provider's own refusal, which a caller may try again if it likes.
    private func isError(_ status: Int, _ code: String?) {
        #expect(answer.status == status, place)
        #expect(answer["content-type"] == "application/json")
        #expect(answer["x-should-retry"] == (code == nil ? nil : "false"))
        #expect(answer["x-signalbox-outcome"] == outcome.id.text)
        isErrorObject(answer.body, code)
        #expect(outcome.servedBy == (code == nil ? "v0" : nil))
    }

    private func isErrorObject(_ bytes: [UInt8], _ code: String?) {
        guard let error = (try? JSONValue(parsing: bytes))?["error"], case .object(let members) = error else {
            Issue.record("no error object: \(String(decoding: bytes, as: UTF8.self))")
            return
        }
        #expect(Set(members.map(\.key)) == ["message", "type", "param", "code"])
        #expect(error["message"]?.stringValue?.isEmpty == false)
        guard let code else { return }
        #expect(error["code"]?.stringValue == code)
        #expect(error["type"]?.stringValue == (code == "upstream_timeout" ? "timeout_error" : "server_error"))
    }

    private func isBroken(_ code: String, after events: String) {
        #expect(answer.status == 200, place)
        #expect(!answer.text.contains("[DONE]"))
        // The provider's own end may have come before the break; none is made up.
        let isFinished = events.contains("\"stop\"")
        #expect(answer.text.contains("\"stop\"") == isFinished)
        guard let last = answer.text.ranges(of: "data: {\"error\"").last else {
            Issue.record("no error event: \(answer.text)")
            return
        }
        #expect(String(answer.text[..<last.lowerBound]) == Self.withoutUsage(events), place)
        #expect(answer.text.hasSuffix("\n\n"))
        isErrorObject(Array(answer.text[last.lowerBound...].dropFirst("data: ".count).utf8), code)
        #expect(outcome.finishReason == (isFinished ? "stop" : nil))
    }

    /// Usage was asked for by the gateway, not by the caller.
    static func withoutUsage(_ events: String) -> String { events.replacing(",\"usage\":null", with: "") }
}

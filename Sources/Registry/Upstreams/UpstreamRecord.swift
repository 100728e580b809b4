import Domain
import JSON

/// A provider as what it is called for: what an operator has decided about it, and how it fares.
struct UpstreamRecord: Sendable {
    let id: String
    let name: String
    let kind: String
    var mode: BreakerMode
    var setAt: Timestamp?
    var setBy: String?
    var reason: String?

    /// What an operator reads and writes.
    var breaker: JSONValue {
        [
            "state": .string(mode.rawValue), "reason": JSONValue(reason), "set_at": JSONValue(setAt?.text),
            "set_by": JSONValue(setBy),
        ]
    }

    func json(_ condition: UpstreamCondition) -> JSONValue {
        [
            "provider": .string(name), "kind": .string(kind), "state": .string(state(condition)),
            "breaker": breaker, "open_ms": JSONValue(condition.openMilliseconds),
            "consecutive_failures": JSONValue(condition.consecutiveFailures),
            "window": [
                "requests": JSONValue(condition.windowRequests), "failures": JSONValue(condition.windowFailures),
            ],
            "last_error": JSONValue(condition.lastError),
            "cooling_down": .array(
                condition.coolDowns.map {
                    ["model": .string($0.model), "remaining_ms": JSONValue($0.remainingMilliseconds)]
                }),
            "counts": [
                "opened": JSONValue(condition.transitions[.open] ?? 0), "skips": JSONValue(condition.skips),
                "limits": JSONValue(condition.limits), "retries": JSONValue(condition.retries),
                "retries_refused": JSONValue(condition.refusedRetries),
            ],
        ]
    }

    /// What holds: an operator's word, else what failures have made of it.
    private func state(_ condition: UpstreamCondition) -> String {
        mode == .automatic ? condition.circuit.rawValue : mode.rawValue
    }
}

import JSON

/// What one check of `signalbox doctor` found, and what to do about it.
struct Finding: Equatable {
    enum Status: String {
        case ok
        /// Worth a look; nothing is broken by it.
        case warning
        /// Something does not work, or will not for long.
        case problem
    }

    let check: String
    let status: Status
    let detail: String
    /// nil where there is nothing to do.
    let action: String?

    static func ok(_ check: String, _ detail: String) -> Finding {
        Finding(check: check, status: .ok, detail: detail, action: nil)
    }

    static func warning(_ check: String, _ detail: String, do action: String) -> Finding {
        Finding(check: check, status: .warning, detail: detail, action: action)
    }

    static func problem(_ check: String, _ detail: String, do action: String) -> Finding {
        Finding(check: check, status: .problem, detail: detail, action: action)
    }

    var json: JSONValue {
        [
            "check": .string(check), "status": .string(status.rawValue), "detail": .string(detail),
            "action": action.map(JSONValue.string) ?? .null,
        ]
    }

    /// For people; what to do stands on a line of its own.
    var lines: [String] {
        let status = status.rawValue
        let head = status + String(repeating: " ", count: max(0, 9 - status.count)) + check + ": " + detail
        return [head] + (action.map { ["         → " + $0] } ?? [])
    }
}

/// What a simulated provider does wrong when a model's name (as a prefix) or the header `x-simulator-fault` asks for it.
enum SimulatedFault: String, CaseIterable {
    case badRequest = "fault-400"
    case unauthorized = "fault-401"
    case rateLimited = "fault-429"
    case failed = "fault-500"
    case unavailable = "fault-503"
    /// Never answers.
    case timeout = "fault-timeout"
    /// Answers after a second.
    case slow = "fault-slow"
    /// Half of an answer, then the connection breaks.
    case truncate = "fault-truncate"
    /// 200 with something that is no JSON.
    case garbage = "fault-garbage"
    /// A stream that breaks after three events.
    case brokenStream = "fault-broken-stream"

    init?(asked name: String) {
        guard let found = Self.allCases.first(where: { name.hasPrefix($0.rawValue) }) else { return nil }
        self = found
    }

    /// nil when the fault is not a status.
    var status: Int? {
        switch self {
        case .badRequest: 400
        case .unauthorized: 401
        case .rateLimited: 429
        case .failed: 500
        case .unavailable: 503
        case .timeout, .slow, .truncate, .garbage, .brokenStream: nil
        }
    }
}

/// What can go wrong on demand: asked for by the model's name ("fault-500", or "fault-500-" and anything) or by the
/// field `X-Simulator-Fault`.
enum Fault: String, CaseIterable, Sendable {
    case internalError = "fault-500"
    case unavailable = "fault-503"
    case rateLimited = "fault-429"
    /// Anthropic's status for that.
    case overloaded = "fault-529"
    case unauthorized = "fault-401"
    case badRequest = "fault-400"
    /// No answer until the client leaves.
    case timeout = "fault-timeout"
    /// A second late.
    case slow = "fault-slow"
    /// Half of an answer, then the end of the connection.
    case truncated = "fault-truncate"
    /// The end of the connection before a byte of the body.
    case reset = "fault-reset"
    /// 200 with a body that is not JSON.
    case garbage = "fault-garbage"
    /// A stream that ends after three events.
    case brokenStream = "fault-broken-stream"
    /// A stream whose fourth event is an error; a plain answer is as it should be.
    case streamError = "fault-stream-error"

    static let prefix = "fault-"

    init?(model: String) {
        guard let fault = Self.allCases.first(where: { model == $0.rawValue || model.hasPrefix("\($0.rawValue)-") })
        else { return nil }
        self = fault
    }

    /// With the prefix or without it.
    init?(field: String) {
        self.init(rawValue: field.hasPrefix(Self.prefix) ? field : Self.prefix + field)
    }
}

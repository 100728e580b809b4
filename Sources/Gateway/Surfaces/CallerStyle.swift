import HTTP
import REST
import Translation

/// How the callers of a surface are told what the gateway itself has to say.
enum CallerStyle: Sendable {
    case openAI
    case anthropic

    /// Whose wire it is.
    var vendor: String {
        switch self {
        case .openAI: "OpenAI"
        case .anthropic: "Anthropic"
        }
    }

    /// For what is answered before the gateway is asked.
    var errors: ErrorStyle {
        switch self {
        case .openAI: OpenAIError.style
        case .anthropic: AnthropicError.style
        }
    }

    func response(_ error: OpenAIError, requestID: String) -> Response {
        switch self {
        case .openAI: error.response()
        case .anthropic: AnthropicError.response(error, requestID: requestID)
        }
    }

    /// The error that ends a broken stream, as an event.
    func event(_ error: OpenAIError, requestID: String) -> [UInt8] {
        switch self {
        case .openAI: event(data: error.body)
        case .anthropic: event(data: AnthropicError.body(error, requestID: requestID))
        }
    }

    /// - Parameter data: the body of an error.
    func event(data: [UInt8]) -> [UInt8] {
        switch self {
        case .openAI: encodeServerSentEvent(data: data)
        case .anthropic: encodeServerSentEvent(data: data, event: "error")
        }
    }

    /// What keeps a silent stream alive: a comment (WHATWG HTML §9.2.7), which every reader passes over, or the wire's
    /// own word for it.
    var ping: [UInt8] {
        switch self {
        case .openAI: Self.comment
        case .anthropic: Self.pingEvent
        }
    }

    /// Every reader of event streams passes it over.
    static let comment = Array(": ping\n\n".utf8)
    private static let pingEvent = Array("event: ping\ndata: {\"type\": \"ping\"}\n\n".utf8)
}

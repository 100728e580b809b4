import Gateway
import HTTP
import REST

/// What the server answers by itself, in the error shape of the prefix that was asked for.
enum ServerErrors {
    static let responder: ErrorResponder = { status, title, detail, path, requestID in
        if let path, path == "/v1" || path.hasPrefix("/v1/") {
            if path == "/v1/messages" || path.hasPrefix("/v1/messages/") {
                return AnthropicError.serverResponse(
                    status: status, title: title, detail: detail, requestID: requestID)
            }
            return OpenAIError.serverResponse(status: status, title: title, detail: detail)
        }
        let retry = status == 503 ? [(name: "Retry-After", value: "1")] : []
        return Problem(status: status, title: title, detail: detail.isEmpty ? title : detail, headers: retry)
            .response(requestID: requestID)
    }
}

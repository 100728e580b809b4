import HTTP
import JSON

/// The manners of Anthropic's API: a key alone in its field, and errors as
/// `{"type":"error","error":{"type","message"},"request_id"}`.
struct AnthropicDialect: VendorDialect {
    var streamError: [UInt8] {
        let error = VendorError(status: 529, message: "Overloaded. (simulated)")
        return Array("event: error\ndata: ".utf8) + Self.body(error) + Array("\n\n".utf8)
    }

    func admits(_ request: Request, key: String?) -> Bool {
        guard let key else { return true }
        return request.head.value("x-api-key") == key
    }

    func response(_ error: VendorError) -> Response {
        var response = Response.json(Self.body(error), status: error.status)
        response.headers.add("request-id", "req_simulated")
        if error.status == 429 {
            response.headers.add("Retry-After", "1")
            response.headers.add("anthropic-ratelimit-requests-remaining", "0")
        }
        return response
    }

    private static func body(_ error: VendorError) -> [UInt8] {
        let body: JSONValue = [
            "type": "error", "error": ["type": .string(type(of: error.status)), "message": .string(error.message)],
            "request_id": "req_simulated",
        ]
        return body.encoded()
    }

    private static func type(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 404: "not_found_error"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }
}

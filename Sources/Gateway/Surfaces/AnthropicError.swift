package import HTTP
import JSON
package import REST
import Translation

/// An error as Anthropic's SDKs read it: `{"type":"error","error":{"type","message"},"request_id"}` with a status that
/// they map to a typed exception (docs/en/api/errors).
package enum AnthropicError {
    /// For what the server answers by itself under `/v1/messages`.
    package static func serverResponse(status: Int, title: String, detail: String, requestID: String) -> Response {
        response(
            OpenAIError(status: status, message: detail.isEmpty ? title : detail), requestID: requestID)
    }

    static func response(_ error: OpenAIError, requestID: String) -> Response {
        var response = Response.json(body(error, requestID: requestID), status: error.status)
        for header in error.headers { response.headers.set(header.name, header.value) }
        if !requestID.isEmpty { response.headers.set("request-id", requestID) }
        return response
    }

    static func body(_ error: OpenAIError, requestID: String) -> [UInt8] {
        // The wire has no member for the field at fault.
        let isNamed = error.param.map { error.message.contains($0) } ?? true
        let message = isNamed ? error.message : "\(error.param ?? ""): \(error.message)"
        return AnthropicMessages.error(Fault(error.kind, message), requestID: requestID)
    }

    /// For every endpoint under `/v1/messages`.
    package static let style = ErrorStyle(
        name: "AnthropicError", mediaType: "application/json",
        schema: [
            "type": "object", "required": ["type", "error"],
            "properties": [
                "type": ["const": "error"], "request_id": ["type": "string"],
                "error": [
                    "type": "object", "required": ["type", "message"],
                    "properties": ["type": ["type": "string"], "message": ["type": "string"]],
                ],
            ],
        ],
        response: { problem, requestID in response(OpenAIError(problem), requestID: requestID) })
}

extension OpenAIError {
    fileprivate var kind: Fault.Kind { status == 503 ? .overloaded : Fault.kind(of: status) }
}

extension Fault {
    init(_ error: OpenAIError) { self.init(error.kind, error.message, param: error.param, code: error.code) }
}

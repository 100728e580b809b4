package import HTTP
import JSON
package import REST

/// An error as OpenAI's SDKs read it: `{"error":{"message","type","param","code"}}` with a status that they map to a
/// typed exception. A reference, since whoever may throw it keeps room for it.
package final class OpenAIError: Error, Sendable {
    package let status: Int
    package let message: String
    package let type: String
    package let param: String?
    package let code: String?
    package let headers: [(name: String, value: String)]

    package init(
        status: Int, message: String, type: String? = nil, param: String? = nil, code: String? = nil,
        headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.message = message
        self.type = type ?? Self.type(of: status)
        self.param = param
        self.code = code
        self.headers = headers
    }

    /// A 400 that says which field is at fault.
    static func invalid(_ message: String, param: String?, code: String? = nil) -> OpenAIError {
        OpenAIError(status: 400, message: message, param: param, code: code)
    }

    /// Also for what the key may not call: nobody learns that it exists.
    static func unknownModel(_ name: String) -> OpenAIError {
        OpenAIError(
            status: 404, message: "The model `\(name)` does not exist or you do not have access to it.",
            param: "model", code: "model_not_found")
    }

    static let revisionUnavailable = OpenAIError(
        status: 503, message: "the revision could not be looked up: try again", code: "unavailable",
        headers: [(name: "retry-after", value: "1")])

    /// `{"error":{…}}`
    package var body: [UInt8] {
        var bytes = Array("{\"error\":{\"message\":".utf8)
        JSONText.appendEscaped(message, to: &bytes)
        bytes += ",\"type\":".utf8
        JSONText.appendEscaped(type, to: &bytes)
        bytes += ",\"param\":".utf8
        Self.append(param, to: &bytes)
        bytes += ",\"code\":".utf8
        Self.append(code, to: &bytes)
        bytes += "}}".utf8
        return bytes
    }

    package func response() -> Response {
        var response = Response.json(body, status: status)
        for header in headers { response.headers.set(header.name, header.value) }
        return response
    }

    private static func append(_ text: String?, to bytes: inout [UInt8]) {
        if let text { JSONText.appendEscaped(text, to: &bytes) } else { bytes += "null".utf8 }
    }

    private static func type(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }
}

package extension OpenAIError {
    /// For every endpoint under `/v1`.
    static let style = ErrorStyle(
        name: "OpenAIError", mediaType: "application/json",
        schema: [
            "type": "object",
            "required": ["error"],
            "properties": [
                "error": [
                    "type": "object",
                    "required": ["message", "type", "param", "code"],
                    "properties": [
                        "message": ["type": "string"], "type": ["type": "string"],
                        "param": ["type": ["string", "null"]], "code": ["type": ["string", "null"]],
                    ],
                ]
            ],
        ],
        response: { problem, _ in OpenAIError(problem).response() })

    /// For what the server answers by itself under `/v1`; the composition's responder asks it for those paths.
    static func serverResponse(status: Int, title: String, detail: String) -> Response {
        OpenAIError(status: status, message: detail.isEmpty ? title : detail, code: code(of: status)).response()
    }

    convenience init(_ problem: Problem) {
        self.init(
            status: problem.status, message: problem.detail, param: problem.errors.first?.pointer,
            code: Self.code(of: problem.status), headers: problem.headers)
    }

    internal static func code(of status: Int) -> String? {
        switch status {
        case 401: "invalid_api_key"
        case 403: "permission_denied"
        case 404: "not_found"
        case 405: "method_not_allowed"
        case 408: "request_timeout"
        case 413: "request_too_large"
        case 415: "unsupported_media_type"
        case 429: "rate_limit_exceeded"
        case 499: "client_closed"
        case 503: "unavailable"
        case 500...: "internal_error"
        default: nil
        }
    }
}

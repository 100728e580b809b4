import HTTP
import JSON

/// The manners of generativelanguage.googleapis.com and of Vertex AI, which speak alike: `{"error":{"code","message",
/// "status"}}`, and when to come again in its details rather than in a field.
struct GeminiDialect: VendorDialect {
    var streamError: [UInt8] { Self.event(Self.body(VendorError.overloaded)) }

    /// The key in its own field, or a token, as Vertex has it.
    func admits(_ request: Request, key: String?) -> Bool {
        guard let key else { return true }
        return request.head.value("x-goog-api-key") == key || hasBearer(request, key)
    }

    func response(_ error: VendorError) -> Response {
        // A key that Google does not know is a bad request to it, not an unauthorised one.
        .json(Self.body(error).encoded(), status: error.status == 401 ? 400 : error.status)
    }

    static func event(_ value: JSONValue) -> [UInt8] { Array("data: ".utf8) + value.encoded() + [13, 10, 13, 10] }

    private static func body(_ error: VendorError) -> JSONValue {
        let (status, message, details): (Int, String, [JSONValue]) =
            switch error.status {
            case 401:
                (
                    400, "API key not valid. Please pass a valid API key.",
                    [
                        [
                            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
                            "domain": "googleapis.com",
                        ]
                    ]
                )
            case 429:
                (429, error.message, [["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"]])
            default: (error.status, error.message, [])
            }
        var object: JSONObject = [
            "code": .integer(Int64(status)), "message": .string(message), "status": .string(name(of: status)),
        ]
        if !details.isEmpty { object["details"] = .array(details) }
        return ["error": .object(object)]
    }

    /// google.rpc.Code, as it is mapped to HTTP.
    private static func name(of status: Int) -> String {
        switch status {
        case 400: "INVALID_ARGUMENT"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 429: "RESOURCE_EXHAUSTED"
        case 503: "UNAVAILABLE"
        case 504: "DEADLINE_EXCEEDED"
        default: "INTERNAL"
        }
    }
}

import HTTP
import JSON

/// An error in the shape of the vendor: `{"error":{"message","type","param","code"}}`.
struct VendorError: Error {
    let status: Int
    let message: String
    let type: String
    let parameter: String?
    let code: String?

    static func invalid(_ message: String, parameter: String? = nil) -> VendorError {
        VendorError(status: 400, message: message, parameter: parameter)
    }

    static let wrongKey = VendorError(
        status: 401, message: "Incorrect API key provided.", code: "invalid_api_key")

    static let overloaded = VendorError(status: 503, message: "The engine is overloaded. (simulated)")

    init(status: Int, message: String, type: String? = nil, parameter: String? = nil, code: String? = nil) {
        self.status = status
        self.message = message
        self.type = type ?? (status < 500 ? "invalid_request_error" : "server_error")
        self.parameter = parameter
        self.code = code
    }

    /// nil for faults that are no error of this sort.
    init?(_ fault: Fault) {
        switch fault {
        case .internalError: self.init(status: 500, message: "The server had an error. (simulated)")
        case .unavailable: self = .overloaded
        case .overloaded: self.init(status: 529, message: "Overloaded. (simulated)")
        case .rateLimited:
            self.init(
                status: 429, message: "Rate limit reached. (simulated)", type: "requests", code: "rate_limit_exceeded")
        case .unauthorized: self = .wrongKey
        case .badRequest: self.init(status: 400, message: "The request cannot be served. (simulated)")
        default: return nil
        }
    }

    var body: [UInt8] {
        let body: JSONValue = [
            "error": [
                "message": .string(message), "type": .string(type),
                "param": parameter.map(JSONValue.string) ?? .null, "code": code.map(JSONValue.string) ?? .null,
            ]
        ]
        return body.encoded()
    }

    var response: Response {
        var response = Response.json(body, status: status)
        if status == 429 { response.headers.add("Retry-After", "1") }
        return response
    }
}

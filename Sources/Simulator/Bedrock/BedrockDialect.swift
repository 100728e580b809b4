import AWS
import HTTP
import JSON

/// The manners of Bedrock: signed requests, errors by name in a field, streams of binary frames.
struct BedrockDialect: VendorDialect {
    var streamType: String { "application/vnd.amazon.eventstream" }

    var streamError: [UInt8] {
        Self.frame(
            [
                .init(":exception-type", .text("serviceUnavailableException")),
                .init(":content-type", .text("application/json")), .init(":message-type", .text("exception")),
            ], ["message": .string(VendorError.overloaded.message)])
    }

    /// The settings' key is credentials, which sign, or an API key of Bedrock's, which is a bearer token.
    func admits(_ request: Request, key: String?) -> Bool {
        guard let key else { return true }
        guard key.contains(":") else { return hasBearer(request, key) }
        guard let credentials = try? AccessCredentials(parsing: key) else { return false }
        do throws(SignatureCheck.Fault) {
            try SignatureCheck(credentials, service: "bedrock").check(
                method: "POST", path: request.head.path, query: request.head.query ?? "", body: request.body,
                field: { request.head.value($0) })
            return true
        } catch {
            return false
        }
    }

    func response(_ error: VendorError) -> Response {
        let status = [401: 403, 504: 408][error.status] ?? error.status
        let message =
            error.status == 401
            ? "The request signature we calculated does not match the signature you provided." : error.message
        let body: JSONValue = ["message": .string(message)]
        var response = Response.json(body.encoded(), status: status)
        response.headers.add("x-amzn-ErrorType", Self.name(of: error.status))
        return response
    }

    /// docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, "Errors" (read 2026-11).
    private static func name(of status: Int) -> String {
        switch status {
        case 400: "ValidationException"
        case 401: "InvalidSignatureException"
        case 403: "AccessDeniedException"
        case 404: "ResourceNotFoundException"
        case 429: "ThrottlingException"
        case 503: "ServiceUnavailableException"
        case 504: "ModelTimeoutException"
        default: "InternalServerException"
        }
    }

    static func event(_ type: String, _ payload: JSONValue) -> [UInt8] {
        frame(
            [
                .init(":event-type", .text(type)), .init(":content-type", .text("application/json")),
                .init(":message-type", .text("event")),
            ], payload)
    }

    private static func frame(_ headers: [EventFrame.Header], _ payload: JSONValue) -> [UInt8] {
        // These headers are short, and no payload here comes near the bound of a frame.
        (try? EventFrame(headers: headers, payload: payload.encoded()).encoded()) ?? []
    }
}

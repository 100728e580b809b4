package import HTTP
import JSON

/// An error as the caller sees it: RFC 9457 `application/problem+json`. What only the log may see goes to `internal`.
package struct Problem: Error, Sendable {
    package var status: Int
    package var title: String
    package var detail: String
    package var errors: [FieldError]
    package var headers: [(name: String, value: String)]
    /// For the log only.
    package var `internal`: String?

    package init(
        status: Int, title: String, detail: String, errors: [FieldError] = [],
        headers: [(name: String, value: String)] = [], internal: String? = nil
    ) {
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.internal = `internal`
    }

    /// The `type` member: a stable name of the kind of problem.
    package var type: String {
        "urn:signalbox:problem:" + title.lowercased().split(separator: " ").joined(separator: "-")
    }

    package func response(requestID: String) -> Response {
        var body: JSONObject = [
            "type": .string(type), "title": .string(title), "status": .integer(Int64(status)),
            "detail": .string(detail),
        ]
        if !errors.isEmpty {
            body["errors"] = .array(
                errors.map { ["pointer": .string($0.pointer), "detail": .string($0.detail)] })
        }
        body["request_id"] = .string(requestID)
        var response = Response(status: status, body: .bytes(JSONValue.object(body).encoded()))
        response.headers.set("Content-Type", "application/problem+json")
        for header in headers { response.headers.set(header.name, header.value) }
        return response
    }
}

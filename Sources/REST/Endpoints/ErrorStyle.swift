package import HTTP
package import JSON

/// How an endpoint tells errors: each prefix of the API has the error object of the wire format it speaks.
package struct ErrorStyle: Sendable {
    /// Of the schema in the OpenAPI document.
    package let name: String
    package let mediaType: String
    /// JSON Schema 2020-12 of the error's body.
    package let schema: JSONValue
    package let response: @Sendable (Problem, _ requestID: String) -> Response

    package init(
        name: String, mediaType: String, schema: JSONValue,
        response: @escaping @Sendable (Problem, _ requestID: String) -> Response
    ) {
        self.name = name
        self.mediaType = mediaType
        self.schema = schema
        self.response = response
    }

    /// RFC 9457.
    package static let problem = ErrorStyle(
        name: "Problem", mediaType: "application/problem+json",
        schema: [
            "type": "object",
            "required": ["type", "title", "status", "detail", "request_id"],
            "properties": [
                "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
                "detail": ["type": "string"], "request_id": ["type": "string"],
                "errors": [
                    "type": "array",
                    "items": [
                        "type": "object",
                        "properties": ["pointer": ["type": "string"], "detail": ["type": "string"]],
                    ],
                ],
            ],
        ],
        response: { $0.response(requestID: $1) })
}

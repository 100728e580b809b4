package import HTTP

/// How an endpoint tells errors: each prefix of the API has the error object of the wire format it speaks.
package struct ErrorStyle: Sendable {
    package let response: @Sendable (Problem, _ requestID: String) -> Response

    package init(_ response: @escaping @Sendable (Problem, _ requestID: String) -> Response) {
        self.response = response
    }

    /// RFC 9457.
    package static let problem = ErrorStyle { $0.response(requestID: $1) }
}

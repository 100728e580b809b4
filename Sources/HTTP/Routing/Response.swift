/// An answer. The server adds Date, the framing (Content-Length or Transfer-Encoding), Connection where it must be said
/// and X-Request-Id; fields of framing set here are left out, `Connection: close` is obeyed.
package struct Response: Sendable {
    /// 200…599; anything else is answered as 500, since interim answers are the server's own affair.
    package var status: Int
    package var headers: Headers
    package var body: Body

    package enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Written piece by piece in the handler's task after the handler returned: chunked to HTTP/1.1, ended by
        /// closing to HTTP/1.0. When the closure throws, the connection is cut without the last chunk, so that the
        /// client sees a truncated answer. Not run for HEAD.
        case stream(@Sendable (BodyWriter) async throws -> Void)
    }

    package init(status: Int, headers: Headers = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON document, already encoded.
    package static func json(_ bytes: [UInt8], status: Int = 200) -> Response {
        Response(status: status, headers: jsonHeaders, body: .bytes(bytes))
    }

    /// Plain text, already UTF-8.
    package static func text(_ bytes: [UInt8], status: Int = 200) -> Response {
        Response(status: status, headers: textHeaders, body: .bytes(bytes))
    }

    package static func text(_ text: String, status: Int = 200) -> Response { .text(Array(text.utf8), status: status) }

    // Made once: an answer that adds nothing shares their bytes.
    private static let jsonHeaders: Headers = ["Content-Type": "application/json"]
    private static let textHeaders: Headers = ["Content-Type": "text/plain; charset=utf-8"]
}

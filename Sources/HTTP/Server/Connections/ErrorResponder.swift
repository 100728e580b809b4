/// Makes every answer that the server gives by itself (400, 404, 405, 408, 413, 414, 415, 417, 431, 501, 503, 505), so
/// that each prefix keeps its own shape of error. `path` is raw, and nil where the request was refused before it had
/// one.
package typealias ErrorResponder =
    @Sendable (_ status: Int, _ title: String, _ detail: String, _ path: String?, _ requestID: String) -> Response

/// What the head of an answer says of the answer's own end and of its connection.
struct ResponseFacts: Sendable {
    var status = 0
    var minorVersion: UInt8 = 1
    var contentLength: Int?
    var hasTransferEncoding = false
    var endsWithChunked = false
    var connection: HeadFacts.ConnectionOptions = []

    var isPersistent: Bool {
        if connection.contains(.close) { return false }
        return minorVersion > 0 || connection.contains(.keepAlive)
    }

    /// RFC 9112 §6.3, in its order.
    func bodyPhase() throws(WireError) -> ResponseParser.Phase {
        if status == 204 || status == 304 { return .length(0) }
        if hasTransferEncoding {
            guard contentLength == nil else {
                throw .malformed("Content-Length and Transfer-Encoding must not both be given")
            }
            guard endsWithChunked else { throw .malformed("the last coding of Transfer-Encoding must be chunked") }
            return .chunked
        }
        if let contentLength { return .length(contentLength) }
        return .untilClose
    }
}

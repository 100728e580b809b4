/// What the header fields say of the message's own end and destination, gathered while they are read.
struct FramingFacts: Sendable {
    var contentLength: Int?
    /// Index of the Host field.
    var host: Int?
    var hasContentType = false
    var hasAuthorization = false
    /// Some field's name holds `_`.
    var hasUnderscore = false

    // Transfer-Encoding, all its fields together (RFC 9112 §6.1).
    var hasTransferEncoding = false
    var endsWithChunked = false
    var hasOtherCoding = false
    var hasUnregisteredCoding = false
}

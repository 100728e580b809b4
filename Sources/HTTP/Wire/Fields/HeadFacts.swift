/// What the parser learnt of a head while it read it, so that nobody has to look again.
struct HeadFacts: Sendable {
    var minorVersion: UInt8 = 1
    var target: Range<Int> = 0..<0
    var path: Range<Int> = 0..<0
    var query: Range<Int>?
    var connection: ConnectionOptions = []
    var expectation: Expectation = .none
    /// The body has a content coding other than identity.
    var hasContentEncoding = false
    /// That coding, where it is the only one and is spoken here.
    var contentCoding: ContentCoding?
    /// Of the first Accept-Encoding, among the fields.
    var acceptEncodingField: Int?
    /// Some Accept-Encoding has weights: only then can it refuse anything.
    var weighsEncodings = false
    /// There is an If-Match or If-None-Match.
    var hasEntityTags = false
    /// Of X-Request-Id, among the fields.
    var requestIDField: Int?

    /// Whether the client keeps the connection open after the answer (RFC 9112 §9.3).
    var isPersistent: Bool {
        if connection.contains(.close) { return false }
        return minorVersion > 0 || connection.contains(.keepAlive)
    }

    /// What the Connection field asks for (RFC 9110 §7.6.1); every other option is ignored, Upgrade among them.
    struct ConnectionOptions: OptionSet, Sendable {
        let rawValue: UInt8
        static let close = ConnectionOptions(rawValue: 1)
        static let keepAlive = ConnectionOptions(rawValue: 2)

        /// Adds what one such field says.
        mutating func note(_ input: Span<UInt8>, _ value: Range<Int>) {
            var elements = ListElements(value)
            while let element = elements.next(input) {
                if FieldName.equals(input, element, "close") {
                    insert(.close)
                } else if FieldName.equals(input, element, "keep-alive") {
                    insert(.keepAlive)
                }
            }
        }
    }

    /// The Expect field (RFC 9110 §10.1.1).
    enum Expectation: Sendable, Equatable {
        case none
        case `continue`
        case unknown
    }
}

import HTTP

/// What a vendor does alike on all of its surfaces.
protocol VendorDialect: Sendable {
    /// The media type of its streams.
    var streamType: String { get }
    /// An error within a stream, framed.
    var streamError: [UInt8] { get }

    /// Whether the request has the key that the settings demand, if they do.
    func admits(_ request: Request, key: String?) -> Bool
    func response(_ error: VendorError) -> Response
}

extension VendorDialect {
    var streamType: String { "text/event-stream; charset=utf-8" }

    func hasBearer(_ request: Request, _ key: String) -> Bool {
        request.head.bytes("authorization")?.elementsEqual("Bearer \(key)".utf8) == true
    }
}

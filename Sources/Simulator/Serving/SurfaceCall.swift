import HTTP

/// One request to a surface of OpenAI's API, all of which is in its body.
protocol SurfaceCall: VendorCall {
    /// Throws what the vendor would answer to a body that cannot be read.
    init(_ body: [UInt8]) throws(VendorError)
}

extension SurfaceCall {
    static var dialect: any VendorDialect { OpenAIDialect() }

    init(_ request: Request) throws(VendorError) { try self.init(request.body) }
}

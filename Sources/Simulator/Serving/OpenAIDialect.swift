import HTTP

/// A bearer token, and errors as OpenAI's SDKs read them.
struct OpenAIDialect: VendorDialect {
    var streamError: [UInt8] {
        let body = String(decoding: VendorError.overloaded.body, as: UTF8.self)
        return Array("data: \(body)\n\n".utf8)
    }

    func admits(_ request: Request, key: String?) -> Bool { key.map { hasBearer(request, $0) } ?? true }

    func response(_ error: VendorError) -> Response { error.response }
}

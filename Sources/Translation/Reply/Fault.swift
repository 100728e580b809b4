/// What went wrong, as a vendor tells it.
package struct Fault: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case invalidRequest
        /// The request is longer than the model's context.
        case contextWindow
        case authentication
        case billing
        case permission
        case notFound
        case tooLarge
        case rateLimit
        case timeout
        /// The vendor has no capacity left: Anthropic's 529.
        case overloaded
        /// Any other failure of the vendor's.
        case server

        /// The HTTP status that says the same.
        package var status: Int {
            switch self {
            case .invalidRequest, .contextWindow: 400
            case .authentication: 401
            case .billing: 402
            case .permission: 403
            case .notFound: 404
            case .tooLarge: 413
            case .rateLimit: 429
            case .timeout: 504
            case .overloaded: 529
            case .server: 500
            }
        }
    }

    package var kind: Kind
    /// The vendor's words.
    package var message: String
    /// The field at fault, in the provider's words.
    package var param: String?
    /// The vendor's own code.
    package var code: String?
    /// When to come again, where the body says it.
    package var retryAfterMilliseconds: Int64?

    package init(
        _ kind: Kind, _ message: String, param: String? = nil, code: String? = nil,
        retryAfterMilliseconds: Int64? = nil
    ) {
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.kind = kind
        self.message = message
        self.param = param
        self.code = code
    }

    /// By the status alone.
    package static func kind(of status: Int) -> Kind {
        switch status {
        case 401: .authentication
        case 402: .billing
        case 403: .permission
        case 404: .notFound
        case 408, 504: .timeout
        case 413: .tooLarge
        case 429: .rateLimit
        case 529: .overloaded
        case 500...: .server
        default: .invalidRequest
        }
    }
}

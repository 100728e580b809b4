/// An upstream account or server as the gateway needs it: the credential is open here, and only here.
package final class LiveProvider: Sendable {
    package let id: String
    package let name: String
    /// The name of a `ProviderKind`.
    package let kind: String
    /// Without a trailing slash; the operation's path is appended.
    package let baseURL: String
    package let credential: Secret?
    package let region: String?
    /// Whether private and loopback addresses may be reached (security design, "Outbound").
    package let allowPrivate: Bool
    /// Sent with each request beside our own.
    package let headers: [(name: String, value: String)]
    /// By name, those of its kind that it was given.
    package let settings: [String: String]
    package let breaker: BreakerMode
    package let limits: RateLimits?

    package init(
        id: String, name: String, kind: String, baseURL: String, credential: Secret?, region: String? = nil,
        allowPrivate: Bool = false, headers: [(name: String, value: String)] = [], settings: [String: String] = [:],
        breaker: BreakerMode = .automatic, limits: RateLimits? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.baseURL = baseURL
        self.credential = credential
        self.region = region
        self.allowPrivate = allowPrivate
        self.headers = headers
        self.settings = settings
        self.breaker = breaker
        self.limits = limits
    }
}

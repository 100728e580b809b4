package import Domain

/// Who may use an endpoint. There is no third kind: a route without an access does not compile.
package enum Access: Sendable, Equatable {
    /// Health, readiness and the API's own description.
    case open
    case permission(Permission)
}

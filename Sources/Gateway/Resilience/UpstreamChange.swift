package import Domain

/// A breaker opened, tries its upstream again, or closed.
package struct UpstreamChange: Sendable {
    package let project: String
    package let provider: String
    /// The provider's own id of the model that this is about.
    package let model: String
    package let circuit: UpstreamCondition.Circuit
    /// Milliseconds until it is tried again; nil unless it opened.
    package let openMilliseconds: Int?
    /// The failure that opened it; nil unless it opened.
    package let error: String?
}

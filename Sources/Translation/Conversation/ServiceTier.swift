/// Which capacity serves the request.
package enum ServiceTier: String, Sendable, Equatable {
    /// Whatever the account has.
    case auto
    /// OpenAI's `default`, Anthropic's `standard_only`.
    case standard
    case flex
    case priority
}

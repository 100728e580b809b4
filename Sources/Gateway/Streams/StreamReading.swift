import Domain
import HTTP

/// Reads the events of one stream for the outcome, and says what becomes of each. A value: each stream has its own.
protocol StreamReading: Sendable {
    /// nil while the provider told nothing usable.
    var tokens: Outcome.Tokens? { get }
    /// What the provider told of the input alone, where it does that before it has counted the output.
    var inputTokens: Outcome.Tokens? { get }
    /// In the caller's words; nil while there is none.
    var finishReason: String? { get }
    /// Whether an event carried something of the answer.
    var hasToken: Bool { get }
    /// How long all of that is, in bytes, for an estimate of tokens.
    var saidBytes: Int { get }

    mutating func read(_ event: ServerSentEvent) -> StreamFate

    /// The upstream has ended its answer in good order and without a mark that ended the stream before.
    /// - Returns: `end` or `translated` for a grammar where that makes the answer whole; `garbage` where it is broken.
    mutating func closed() -> StreamFate
}

extension StreamReading {
    var inputTokens: Outcome.Tokens? { nil }

    mutating func closed() -> StreamFate { .garbage }
}

import Domain

/// What bounds the gateway. Milliseconds and bytes, as the names say.
package struct GatewaySettings: Sendable {
    /// Name, TCP and TLS.
    package var connectTimeoutMilliseconds = 5_000
    /// To the head of the upstream's answer; a plain completion's head comes when it has been generated.
    package var firstByteTimeoutMilliseconds = 60_000
    /// Between two pieces of an answer.
    package var idleGapTimeoutMilliseconds = 60_000
    /// Of a request, fallbacks included.
    package var totalTimeoutMilliseconds = 600_000
    /// Larger plain answers are streamed on, and can then no longer become an honest 502.
    package var plainAnswerBytesMax = 16 << 20
    /// An answer to a batch's request is kept whole or not at all.
    package var batchAnswerBytesMax = 64 << 20
    /// How much of a stream may wait for a slow caller before its upstream is paused.
    package var streamBufferBytesMax = 256 << 10
    /// Between two comments that keep a silent stream alive, unless the caller is less patient.
    package var keepAliveMilliseconds = 15_000
    /// Connections to one host and port, per loop; 0 for no bound.
    package var connectionsPerUpstreamMax = 0
    /// Idle upstream connections, per loop.
    package var idleConnectionsMax = 1_024
    /// Of a request's body.
    package var bodyBytesMax = 16 << 20
    /// Of a form with a file, which passes without being held.
    package var uploadBytesMax = 100 << 20
    /// How much of a form is held until its `model` has come, or for a fallback.
    package var uploadHeldBytesMax = 32 << 20
    /// Of a request's body and of an answer's each, where the deployment stores them.
    package var storedBodyBytesMax = 256 << 10
    /// Memory for bodies of inferences that run or wait to be written.
    package var bodyBudgetBytesMax = 64 << 20
    /// Output tokens of a request, where neither the caller nor the price table gives a bound.
    package var outputTokensAssumed = 4_096
    /// Bytes of a file in a form to one token of input: nobody here listens to it.
    package var uploadBytesPerToken = 200
    /// Tokens of input of a response that goes on from what its provider keeps, beside those that are sent.
    package var keptTokensAssumed = 8_192
    /// Whether a budget lets through what has no known price.
    package var allowsUnpricedUnderBudget = false

    /// Memory for answers that may serve again, of all deployments that keep any.
    package var cacheBytesMax = 64 << 20
    /// Of one such answer, with what keeping it takes.
    package var cacheEntryBytesMax = 1 << 20
    /// Requests whose bodies are longer do without the cache.
    package var cacheRequestBytesMax = 1 << 20
    /// Memory for the vectors of questions whose answers are kept, where deployments compare them.
    package var cacheVectorBytesMax = 32 << 20
    /// For how long the archive may be waited for.
    package var cacheDiskTimeoutMilliseconds = 100
    package var resilience = ResilienceSettings()

    package init() {}

    /// How much of a plain answer is held until it is whole.
    @inline(__always)
    func answerBytesMax(of origin: Outcome.Origin) -> Int {
        origin == .batch ? batchAnswerBytesMax : plainAnswerBytesMax
    }
}

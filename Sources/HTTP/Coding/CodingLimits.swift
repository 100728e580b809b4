/// When bodies are compressed, and how far they may expand.
package struct CodingLimits: Sendable, Equatable {
    /// Bytes of an answer's body from which on it is compressed for those who ask for it.
    package var answerBytesMin = 1_024
    /// 1, the fastest, to 9, the smallest.
    package var level = 4
    /// Bytes that a request's body may expand to for each byte that came, beyond 64 KiB; more is answered 413. What
    /// people write stays below 20; deflate cannot reach more than 1,032.
    package var requestRatioMax = 200

    package init() {}
}

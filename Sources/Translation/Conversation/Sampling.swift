/// How the next token is chosen. The ranges are the vendors' to check.
package struct Sampling: Sendable, Equatable {
    package var temperature: Double?
    package var topP: Double?
    package var topK: Int?
    package var seed: Int?
    package var frequencyPenalty: Double?
    package var presencePenalty: Double?
    /// How many answers; nil and 1 are the same, and a writer whose wire gives one answer only refuses others.
    package var choiceCount: Int?

    package init() {}

    mutating func overlay(_ other: Sampling) {
        temperature = other.temperature ?? temperature
        topP = other.topP ?? topP
        topK = other.topK ?? topK
        seed = other.seed ?? seed
        frequencyPenalty = other.frequencyPenalty ?? frequencyPenalty
        presencePenalty = other.presencePenalty ?? presencePenalty
        choiceCount = other.choiceCount ?? choiceCount
    }
}

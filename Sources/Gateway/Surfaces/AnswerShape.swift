/// Where in an answer stands what the outcome needs.
struct AnswerShape: Sendable {
    /// Of the first choice.
    var finishReason: [StaticString]?
    /// What the first choice says; nil where an answer says nothing in words.
    var content: [StaticString]?
    /// Where an event may carry something of the answer.
    var tokens: [[StaticString]] = []
    /// Members of `usage`, in tokens.
    var input: StaticString = "prompt_tokens"
    /// Where a provider tells no `input`, and all of it is input.
    var otherInput: StaticString?
    /// A member whose tokens `input` leaves out, as it then does those of `cached`.
    var addedInput: StaticString?
    /// Of `addedInput`, what is kept for an hour.
    var addedLong: [StaticString]?
    /// nil where nothing is generated.
    var output: StaticString?
    var cached: [StaticString]?
    var reasoning: [StaticString]?
    /// Whether a provider counts them beside `output` rather than in it.
    var isReasoningApart = false
    /// Whether tokens are estimated by length where a provider tells none: only where text is what is paid for.
    var canBeEstimated = false
    /// Values of `type` in the last event of a stream that does not end with `[DONE]`.
    var lastTypes: [StaticString] = []
    /// Values of `type` in an event that says that the answer failed.
    var failedTypes: [StaticString] = []
    /// Where the last event holds what a whole answer holds at its top; empty where that is at its own top.
    var within: [StaticString] = []
}

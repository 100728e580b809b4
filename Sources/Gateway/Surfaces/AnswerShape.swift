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
    /// nil where nothing is generated.
    var output: StaticString?
    var cached: [StaticString]?
}

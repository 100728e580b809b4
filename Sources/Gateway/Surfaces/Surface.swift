import JSON
import Translation

/// An operation of a vendor's API that is routed to a variant: where it is, and what of its body and of its answers
/// matters here. All that is not named passes untouched. Pointed at by each request, and compared by identity.
final class Surface: Sendable, Hashable {
    /// Its place in `all`.
    let number: Int
    /// Its path under `/v1/`: `chat/completions`.
    let name: String
    let summary: String
    /// Members of the body that a request cannot do without, beside `model`. Whether they are right is for the provider
    /// to say.
    let required: [StaticString]
    /// Whether the answer can come as events.
    let isStreamed: Bool
    /// Whether a variant's prompt can be rendered into it.
    let takesPrompts: Bool
    /// Whether its body is a form with a file (multipart/form-data), and no JSON.
    let isForm: Bool
    /// Whether its answers are of the provider's media types, and not JSON alone.
    let givesMedia: Bool
    /// Whether a stream consists of typed events, which tell their usage unasked.
    let hasTypedEvents: Bool
    /// Whether a request may name what a provider kept of an earlier one.
    let keepsState: Bool
    let answer: AnswerShape
    /// Whose errors and streams its callers read.
    let style: CallerStyle
    /// Of conversations, so that providers on another wire can serve them; nil for what is passed on or refused.
    let wire: (any CallerWire.Type)?
    /// Members of the body, for the API's description.
    let members: [(name: String, schema: JSONValue)]
    /// What a scan of the body looks for: `keys`, what is required, and the common parameters, so that an override
    /// finds them in the same pass.
    let wanted: [StaticString]
    let firstParameter: Int
    /// Places in `wanted` of the parameters that bound how many tokens are written.
    let outputBounds: [Int]
    /// And of those that say how many answers there are to be.
    let choiceCounts: [Int]

    static let outputBoundNames = ["max_completion_tokens", "max_tokens", "max_output_tokens"]
    static let choiceCountNames = ["n", "best_of"]
    /// The place in `wanted` of what a surface cannot do without first of all: of completions that is `prompt`.
    static let promptPlace = keys.count

    /// In the order of `CallerRequest.Key`.
    static let keys: [StaticString] = [
        "model", "messages", "stream", "stream_options", "user", "safety_identifier", "metadata", "signalbox",
    ]

    /// - Parameters:
    ///   - required: none of `keys`.
    ///   - parameters: with the others at most `FieldScan.countMax`.
    init(
        _ number: Int, _ name: String, _ summary: String, required: [StaticString] = [], parameters: [StaticString],
        answer: AnswerShape, isStreamed: Bool = false, takesPrompts: Bool = false,
        isForm: Bool = false, givesMedia: Bool = false, keepsState: Bool = false,
        style: CallerStyle = .openAI, wire: (any CallerWire.Type)? = nil,
        members: [(name: String, schema: JSONValue)]
    ) {
        self.number = number
        self.name = name
        self.summary = summary
        self.required = required
        self.isStreamed = isStreamed
        self.takesPrompts = takesPrompts
        self.isForm = isForm
        self.givesMedia = givesMedia
        hasTypedEvents = style == .anthropic || !answer.lastTypes.isEmpty
        self.keepsState = keepsState
        self.answer = answer
        self.style = style
        self.wire = wire
        self.members = members
        wanted = Self.keys + required + parameters
        let first = Self.keys.count + required.count
        firstParameter = first
        func places(_ names: [String]) -> [Int] {
            parameters.indices.filter { place in names.contains { parameters[place].hasText($0) } }.map { first + $0 }
        }
        outputBounds = places(Self.outputBoundNames)
        choiceCounts = places(Self.choiceCountNames)
    }

    var path: String { "/v1/" + name }

    /// Whether doing the same twice is no great loss: images and audio cost far more than text.
    var isCheap: Bool { !givesMedia && self != .images }

    /// Whether its streams tell their usage to those alone who ask for it.
    var hasOptionalUsage: Bool { self == .chat || self == .completions }

    /// The place in `wanted` of a common parameter; nil for any other.
    func indexOfParameter(_ name: String) -> Int? {
        for index in firstParameter..<wanted.count where wanted[index].hasText(name) { return index }
        return nil
    }

    /// Whether the scan of a request can tell of this parameter.
    func isCommonParameter(_ name: String) -> Bool { indexOfParameter(name) != nil }

    static func == (left: Surface, right: Surface) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

extension StaticString {
    fileprivate func hasText(_ text: String) -> Bool {
        utf8CodeUnitCount == text.utf8.count && withUTF8Buffer { $0.elementsEqual(text.utf8) }
    }
}

import Domain
import HTTP
import JSON

/// What the cache of answers would look for, were the request sent: nothing of what it holds.
struct CacheExplanation {
    private let policy: CachePolicy
    private let question: FieldScan.Field?
    private let chat: CallerRequest
    /// Why no vector would be asked for; nil when one would be.
    private let skipped: OpenAIError?

    /// - Returns: nil where no answers are kept.
    init?(
        _ request: Request, _ chat: CallerRequest, _ deployment: LiveDeployment, _ routing: RoutingChoice,
        _ table: RoutingTable, _ principal: Principal, now: Timestamp
    ) {
        guard let policy = deployment.options.cache, !chat.surface.keepsState else { return nil }
        self.policy = policy
        self.chat = chat
        question = chat.surface.isConversation ? SemanticQuestion.words(chat) : nil
        guard let semantic = policy.semantic else {
            skipped = nil
            return
        }
        let found = table.deployment(
            project: deployment.project, preferring: deployment.environment, name: semantic.embeddings)
        guard question.map({ $0.value.count <= SemanticQuestion.textBytesMax }) ?? false else {
            skipped = Self.noQuestion
            return
        }
        guard let found else {
            skipped = .unknownModel(semantic.embeddings)
            return
        }
        let regions = (routing.choice?.regions ?? []).map(\.always)
        let choice = try? RoutingChoice(
            request, chat, found, alsoWithin: regions, principal: principal, requestID: request.id, now: now
        ).choice
        skipped = choice == nil ? RoutingChoice.nowhere : nil
    }

    private static let noQuestion = OpenAIError(
        status: 400, message: "the last message is no user's text of a length that can be compared",
        code: "no_question")

    var json: JSONValue {
        guard var object = policy.json.objectValue else { return .null }
        if let semantic = policy.semantic, var part = semantic.json.objectValue {
            part["compared"] = question.map { .string($0.string(in: chat.bytes)) } ?? .null
            part["skipped"] =
                skipped.map { ["code": JSONValue($0.code), "message": .string($0.message)] } ?? .null
            object["semantic"] = .object(part)
        }
        return .object(object)
    }
}

import Domain
import JSON
import Translation

/// A variant's prompt, rendered for a request and read as turns: prompts are in OpenAI's words, whoever's wire the
/// request came on.
struct PromptTurns: Sendable {
    let before: Conversation
    let after: Conversation

    /// - Throws: 400 for a variable that was not sent, or a message that cannot be read.
    init(_ prompt: CompiledPrompt, _ request: CallerRequest) throws(OpenAIError) {
        let rendered = try UpstreamBody.rendered(prompt, request)
        before = try Self.read(rendered.before)
        after = try Self.read(rendered.after)
    }

    private static func read(_ list: [UInt8]) throws(OpenAIError) -> Conversation {
        guard !list.isEmpty else { return Conversation(model: "") }
        do {
            var conversation = try OpenAIChat.conversation([
                "messages": try JSONValue(parsing: [UInt8(ascii: "[")] + list + [UInt8(ascii: "]")])
            ])
            for index in conversation.messages.indices { conversation.messages[index].index = -1 }
            return conversation
        } catch let error as TranslationError {
            throw OpenAIError(error.inside("the prompt"))
        } catch {
            throw .invalid("the prompt's messages are not valid JSON", param: nil)
        }
    }

    /// Its instructions stand before the caller's, and its turns around the caller's.
    func put(around conversation: inout Conversation) {
        conversation.system = before.system + conversation.system
        var messages = before.messages + conversation.messages
        if !after.system.isEmpty { messages.append(Message(.system, after.system)) }
        conversation.messages = messages + after.messages
    }
}

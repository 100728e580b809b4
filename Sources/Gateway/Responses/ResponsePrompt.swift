import Domain
import JSON

/// A variant's prompt in a request for a response. Instructions where it is nothing else, since these hold for one turn
/// and are sent again with the next; else items around the caller's own.
enum ResponsePrompt {
    /// - Throws: 400 for a prompt that has no place in the request.
    static func put(
        _ prompt: CompiledPrompt.Messages, into splice: inout FieldSplice, _ request: CallerRequest
    ) throws(OpenAIError) {
        let before = try messages(prompt.before)
        let after = try messages(prompt.after)
        let texts = before.compactMap { $0.isInstruction ? $0.text : nil }
        let own = field("instructions", request)
        if after.isEmpty, texts.count == before.count, own == nil {
            return set("instructions", .string(texts.joined(separator: "\n\n")), in: &splice, request)
        }
        // What was said in earlier turns is kept by the provider, and would be said again in each.
        for name in ["previous_response_id", "conversation"] where field(name, request) != nil {
            throw .invalid(
                "the prompt of this deployment's variant cannot be put into a conversation that the provider keeps",
                param: name, code: "unsupported_prompt")
        }
        var items = before.map(\.item)
        if let input = field("input", request) {
            guard let value = try? input.value(in: request.bytes) else {
                throw .invalid("input is not valid", param: "input")
            }
            items += value.arrayValue ?? [["role": "user", "content": value]]
        }
        set("input", .array(items + after.map(\.item)), in: &splice, request)
    }

    private struct Message {
        let role: String
        let text: String

        /// Said to the model about its task, by nobody in the conversation.
        var isInstruction: Bool { role == "system" || role == "developer" }
        var item: JSONValue { ["role": .string(role), "content": .string(text)] }
    }

    private static func messages(_ rendered: [UInt8]) throws(OpenAIError) -> [Message] {
        let list = try? JSONValue(parsing: [UInt8(ascii: "[")] + rendered + [UInt8(ascii: "]")])
        var messages: [Message] = []
        for value in list?.arrayValue ?? [] {
            guard let role = value["role"]?.stringValue, ["system", "developer", "user", "assistant"].contains(role),
                let text = value["content"]?.stringValue
            else {
                throw .invalid(
                    "the prompt of this deployment's variant has messages that /v1/responses does not know: only texts "
                        + "of system, developer, user and assistant", param: "model", code: "unsupported_prompt")
            }
            messages.append(Message(role: role, text: text))
        }
        return messages
    }

    /// nil also for null, which says the same.
    private static func field(_ name: String, _ request: CallerRequest) -> FieldScan.Field? {
        request.parameter(name).flatMap { $0.kind == .null ? nil : $0 }
    }

    private static func set(
        _ name: String, _ value: JSONValue, in splice: inout FieldSplice, _ request: CallerRequest
    ) {
        if let field = request.parameter(name) {
            splice.replace(field, with: value.encoded())
        } else {
            splice.insert(key: name, value: value.encoded())
        }
    }
}

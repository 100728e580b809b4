package import JSON

package extension CompiledPrompt {
    /// A stored version's document does not compile; it did when it was written.
    struct Unreadable: Error {
        let reason: String
    }

    /// Compiles a version's document, which `PromptRules` has let through when it was written.
    init(document: JSONValue) throws {
        let content: Content
        switch document["type"]?.stringValue {
        case "text":
            guard let text = document["text"]?.stringValue else { throw Unreadable(reason: "no text") }
            content = .text(try PromptTemplate(text))
        case "chat":
            content = .chat(try (document["messages"]?.arrayValue ?? []).map { try PromptMessage($0) })
        default:
            throw Unreadable(reason: "neither text nor chat")
        }
        self.init(
            content: content, parameters: document["parameters"]?.objectValue ?? [:],
            responseFormat: document["response_format"])
    }
}

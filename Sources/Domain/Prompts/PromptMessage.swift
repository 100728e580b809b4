package import JSON

/// One message of a chat prompt: `{"role","content"}` with a template or with content parts whose `text` is one, or
/// `{"role":"placeholder","name":"messages"}`, where the caller's own messages go.
package enum PromptMessage: Sendable {
    case placeholder(name: String)
    case text(role: String, PromptTemplate)
    /// Parts in the OpenAI content format; each has its template where it carries text.
    case parts(role: String, [(part: JSONObject, template: PromptTemplate?)])

    package static let roles = ["system", "developer", "user", "assistant"]

    /// Reads a message that the schema has already checked for shape.
    /// - Throws: the pointer below the message and the reason.
    package init(_ value: JSONValue) throws(PromptMessageInvalid) {
        guard let role = value["role"]?.stringValue else {
            throw PromptMessageInvalid(pointer: "/role", reason: "is required")
        }
        if role == "placeholder" {
            guard let name = value["name"]?.stringValue, name == "messages" else {
                throw PromptMessageInvalid(pointer: "/name", reason: "must be \"messages\" in a placeholder")
            }
            self = .placeholder(name: name)
            return
        }
        guard Self.roles.contains(role) else {
            let known = (Self.roles + ["placeholder"]).joined(separator: ", ")
            throw PromptMessageInvalid(pointer: "/role", reason: "must be one of \(known)")
        }
        switch value["content"] {
        case .string(let text):
            self = .text(role: role, try Self.template(text, at: "/content"))
        case .array(let parts):
            var compiled = [(part: JSONObject, template: PromptTemplate?)]()
            for (index, part) in parts.enumerated() {
                guard let object = part.objectValue, object["type"]?.stringValue != nil else {
                    throw PromptMessageInvalid(pointer: "/content/\(index)", reason: "must be an object with a type")
                }
                let text = object["text"]?.stringValue
                let template = try text.map { text throws(PromptMessageInvalid) in
                    try Self.template(text, at: "/content/\(index)/text")
                }
                compiled.append((object, template))
            }
            self = .parts(role: role, compiled)
        default:
            throw PromptMessageInvalid(pointer: "/content", reason: "must be a string or an array of content parts")
        }
    }

    package var templates: [PromptTemplate] {
        switch self {
        case .placeholder: []
        case .text(_, let template): [template]
        case .parts(_, let parts): parts.compactMap(\.template)
        }
    }

    func rendered(_ values: JSONObject, missing: inout [String]) -> JSONValue? {
        switch self {
        case .placeholder:
            return nil
        case .text(let role, let template):
            return ["role": .string(role), "content": .string(template.render(values, missing: &missing))]
        case .parts(let role, let parts):
            let content = parts.map { part, template -> JSONValue in
                guard let template else { return .object(part) }
                var filled = part
                filled["text"] = .string(template.render(values, missing: &missing))
                return .object(filled)
            }
            return ["role": .string(role), "content": .array(content)]
        }
    }

    private static func template(_ text: String, at pointer: String) throws(PromptMessageInvalid) -> PromptTemplate {
        do throws(PromptTemplate.Invalid) {
            return try PromptTemplate(text)
        } catch {
            throw PromptMessageInvalid(pointer: pointer, reason: error.reason)
        }
    }
}

/// Why a message is refused, and where below it.
package struct PromptMessageInvalid: Error, Equatable {
    /// A JSON pointer relative to the message.
    package let pointer: String
    package let reason: String

    package init(pointer: String, reason: String) {
        self.pointer = pointer
        self.reason = reason
    }
}

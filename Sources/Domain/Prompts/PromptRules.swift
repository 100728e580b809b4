package import JSON

/// What must hold for a prompt version beyond the shape of its document.
package enum PromptRules {
    package static let messagesMax = 256
    package static let textBytesMax = 1 << 20

    /// - Parameter document: `{"type":"chat","messages",…}` or `{"type":"text","text",…}`; parts of the wrong shape are
    ///   left to the schema.
    package static func violations(in document: JSONValue) -> [Violation] {
        var violations = [Violation]()
        switch document["type"]?.stringValue {
        case "chat": check(messages: document["messages"]?.arrayValue ?? [], into: &violations)
        case "text":
            guard let text = document["text"]?.stringValue else { break }
            do throws(PromptTemplate.Invalid) {
                _ = try PromptTemplate(text)
            } catch {
                violations.append(Violation("/text", error.reason))
            }
        default: break
        }
        if let format = document["response_format"], let detail = responseFormatFault(format) {
            violations.append(detail)
        }
        return violations
    }

    /// A message as a caller of the gateway sends it: any role of the wire format, and content or tool calls.
    static func callerMessageFault(_ message: JSONValue) -> (pointer: String, detail: String)? {
        guard message.objectValue != nil else { return ("", "must be an object") }
        let roles = PromptMessage.roles + ["tool"]
        guard let role = message["role"]?.stringValue, roles.contains(role) else {
            return ("/role", "must be one of \(roles.joined(separator: ", "))")
        }
        switch message["content"] {
        case .string, .array: return nil
        case nil, .null: return message["tool_calls"] == nil ? ("/content", "is required") : nil
        default: return ("/content", "must be a string or an array of content parts")
        }
    }

    private static func check(messages: [JSONValue], into violations: inout [Violation]) {
        var placeholders = 0
        for (index, message) in messages.enumerated() {
            do throws(PromptMessageInvalid) {
                guard message.objectValue != nil else {
                    throw PromptMessageInvalid(pointer: "", reason: "must be an object")
                }
                if case .placeholder = try PromptMessage(message) {
                    placeholders += 1
                    if placeholders > 1 { throw PromptMessageInvalid(pointer: "", reason: "is a second placeholder") }
                }
            } catch {
                violations.append(Violation("/messages/\(index)\(error.pointer)", error.reason))
                continue
            }
            violations += unknownFields(of: message, at: "/messages/\(index)")
        }
    }

    private static func unknownFields(of message: JSONValue, at pointer: String) -> [Violation] {
        (message.objectValue ?? [:]).filter { !["role", "content", "name"].contains($0.key) }.map { key, _ in
            Violation("\(pointer)/\(JSONPointer.escaped(key))", "is not a known field")
        }
    }

    private static func responseFormatFault(_ format: JSONValue) -> Violation? {
        guard format.objectValue != nil else { return nil }
        switch format["type"]?.stringValue {
        case "text", "json_object": return nil
        case "json_schema":
            guard let schema = format["json_schema"]?.objectValue else {
                return Violation("/response_format/json_schema", "is required")
            }
            return schema["name"]?.stringValue == nil
                ? Violation("/response_format/json_schema/name", "is required") : nil
        default: return Violation("/response_format/type", "must be one of text, json_object, json_schema")
        }
    }
}

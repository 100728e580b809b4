import JSON

/// A variant's parameters, written for chats, as a request for a response has them
/// (platform.openai.com/docs/guides/migrate-to-responses, read 2026-11).
enum ResponseParameters {
    static func of(_ parameters: [(key: String, value: [UInt8])]) -> [(key: String, value: [UInt8])] {
        parameters.map { key, value in
            switch key {
            case "max_tokens", "max_completion_tokens": return (key: "max_output_tokens", value: value)
            case "reasoning_effort":
                return (key: "reasoning", value: Array("{\"effort\":".utf8) + value + [UInt8(ascii: "}")])
            case "response_format":
                guard let format = try? JSONValue(parsing: value) else { return (key, value) }
                return (key: "text", value: JSONValue.object(["format": flat(format)]).encoded())
            default: return (key, value)
            }
        }
    }

    /// `{"type":"json_schema","json_schema":{"name",…}}` without the second level.
    private static func flat(_ format: JSONValue) -> JSONValue {
        guard var members = format["json_schema"]?.objectValue else { return format }
        members["type"] = "json_schema"
        return .object(members)
    }
}

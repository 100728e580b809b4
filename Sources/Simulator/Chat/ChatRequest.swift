import JSON

/// What the simulation reads of a request; everything else is taken and left alone.
struct ChatRequest {
    /// What the answer must look like.
    enum Format {
        case text
        case anyObject
        case schema(JSONValue)
    }

    /// A function that the model may call.
    struct Tool {
        let name: String
        /// The schema of its arguments.
        let parameters: JSONValue
    }

    let model: String
    let isStreamed: Bool
    let includesUsage: Bool
    /// The text of the last message of a user; empty when there is none.
    let question: String
    /// About four bytes each, which is near enough for accounting.
    let promptTokens: Int
    /// The function to be called in place of an answer.
    let tool: Tool?
    let format: Format

    /// As another vendor's request says it.
    init(
        model: String, isStreamed: Bool, question: String, promptTokens: Int, tool: Tool?, format: Format = .text
    ) {
        self.model = model
        self.isStreamed = isStreamed
        includesUsage = true
        self.question = question
        self.promptTokens = promptTokens
        self.tool = tool
        self.format = format
    }

    private static let wanted: [StaticString] = [
        "model", "messages", "stream", "stream_options", "tools", "tool_choice", "response_format",
    ]

    /// Throws what the vendor would answer to a request that cannot be read.
    init(_ body: [UInt8]) throws(VendorError) {
        let scan: FieldScan
        do throws(JSONError) {
            scan = try FieldScan(body, wanted: Self.wanted)
        } catch {
            throw .invalid("The body is not a JSON object that can be read: \(error).")
        }
        guard let field = scan[0], field.kind == .string else {
            throw .invalid("You must provide a model parameter, a string.", parameter: "model")
        }
        model = field.string(in: body)
        guard let messages = scan[1], messages.kind == .array else {
            throw .invalid("'messages' must be a list.", parameter: "messages")
        }
        promptTokens = max(1, messages.value.count / 4)
        let conversation = try Conversation(messages, in: body)
        question = conversation.question
        isStreamed = try Self.flag(scan[2], scan, body)
        includesUsage = try Self.usage(scan[3], body)
        tool = conversation.endsWithToolResult ? nil : try Self.tool(scan[4], choice: scan[5], scan, body)
        format = try Self.format(scan[6], scan, body)
    }

    private static func flag(_ field: FieldScan.Field?, _ scan: FieldScan, _ body: [UInt8]) throws(VendorError) -> Bool
    {
        guard let field, field.kind != .null else { return false }
        guard let value = field.bool(in: body) else {
            throw .invalid("'stream' must be true or false.", parameter: "stream")
        }
        return value
    }

    private static func usage(_ field: FieldScan.Field?, _ body: [UInt8]) throws(VendorError) -> Bool {
        guard let field, field.kind != .null else { return false }
        guard field.kind == .object,
            let options = try? FieldScan(body, within: field.value, wanted: ["include_usage"])
        else { throw .invalid("'stream_options' must be an object.", parameter: "stream_options") }
        guard let flag = options[0], flag.kind != .null else { return false }
        guard let value = flag.bool(in: body) else {
            throw .invalid("'include_usage' must be true or false.", parameter: "stream_options.include_usage")
        }
        return value
    }

    /// The first function, or the one that the caller names.
    private static func tool(
        _ field: FieldScan.Field?, choice: FieldScan.Field?, _ scan: FieldScan, _ body: [UInt8]
    ) throws(VendorError) -> Tool? {
        guard let field, field.kind != .null else { return nil }
        if let choice, choice.string(in: body, equals: "none") { return nil }
        guard let tools = (try? field.value(in: body))?.arrayValue else {
            throw .invalid("'tools' must be a list.", parameter: "tools")
        }
        let wantedName = choice.flatMap { try? $0.value(in: body) }?["function"]?["name"]?.stringValue
        for (index, tool) in tools.enumerated() {
            guard let name = tool["function"]?["name"]?.stringValue else {
                throw .invalid("A tool must name its function.", parameter: "tools[\(index)].function.name")
            }
            if wantedName == nil || wantedName == name {
                return Tool(name: name, parameters: tool["function"]?["parameters"] ?? true)
            }
        }
        guard let wantedName else { return nil }
        throw .invalid("There is no tool named '\(wantedName)'.", parameter: "tool_choice")
    }

    private static func format(
        _ field: FieldScan.Field?, _ scan: FieldScan, _ body: [UInt8]
    ) throws(VendorError) -> Format {
        guard let field, field.kind != .null else { return .text }
        let value = try? field.value(in: body)
        switch value?["type"]?.stringValue {
        case "text": return .text
        case "json_object": return .anyObject
        case "json_schema":
            guard let schema = value?["json_schema"]?["schema"] else {
                throw .invalid("The schema is missing.", parameter: "response_format.json_schema.schema")
            }
            return .schema(schema)
        default:
            throw .invalid(
                "'type' must be one of text, json_object and json_schema.", parameter: "response_format.type")
        }
    }
}

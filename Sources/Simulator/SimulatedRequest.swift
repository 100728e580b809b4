import HTTP
import JSON

/// What of a chat request decides the answer.
struct SimulatedRequest {
    private static let wanted: [StaticString] = [
        "model", "stream", "messages", "tools", "response_format", "stream_options",
    ]

    let model: String
    let isStream: Bool
    let includesUsage: Bool
    let fault: SimulatedFault?
    /// The text of the last message.
    let question: String
    /// The name of the first tool.
    let tool: String?
    let responseFormat: JSONValue?
    let bytes: [UInt8]

    /// - Returns: nil when the body is not a chat request.
    init?(_ request: Request) {
        let body = request.body
        guard let scan = try? FieldScan(body, wanted: Self.wanted), let name = scan["model"], name.kind == .string,
            let messages = scan["messages"], messages.kind == .array
        else { return nil }
        bytes = body
        model = scan.string(name, in: body)
        isStream = scan["stream"].map { Self.text($0, body) == "true" } ?? false
        includesUsage = Self.value(scan["stream_options"], body)?["include_usage"]?.boolValue ?? false
        responseFormat = Self.value(scan["response_format"], body)
        tool = Self.value(scan["tools"], body)?[0]?["function"]?["name"]?.stringValue
        fault = SimulatedFault(asked: request.head.value("x-simulator-fault") ?? model)
        let last = Self.value(messages, body)?.arrayValue?.last?["content"]
        question = last?.stringValue ?? last?[0]?["text"]?.stringValue ?? ""
    }

    /// Roughly four bytes of text are a token.
    var promptTokens: Int { max(1, bytes.count / 4) }

    private static func text(_ field: FieldScan.Field, _ body: [UInt8]) -> String {
        String(decoding: body[field.value], as: UTF8.self)
    }

    private static func value(_ field: FieldScan.Field?, _ body: [UInt8]) -> JSONValue? {
        field.flatMap { try? JSONValue(parsing: body[$0.value]) }
    }
}

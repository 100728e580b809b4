import JSON

/// What the messages of a request come to.
struct Conversation {
    private(set) var question = ""
    private(set) var endsWithToolResult = false

    /// Throws when the messages are none, or one that is looked at is malformed. It looks from the last one back to the
    /// last of a user.
    init(_ messages: FieldScan.Field, in body: [UInt8]) throws(VendorError) {
        let elements = (try? FieldScan.elements(of: messages, in: body)) ?? []
        guard !elements.isEmpty else {
            throw .invalid("'messages' must have at least one message.", parameter: "messages")
        }
        for (index, element) in elements.enumerated().reversed() {
            guard element.kind == .object,
                let scan = try? FieldScan(body, within: element.value, wanted: ["role", "content"])
            else { throw .invalid("A message must be an object.", parameter: "messages[\(index)]") }
            guard let role = scan[0], role.kind == .string else {
                throw .invalid("A message must have a role.", parameter: "messages[\(index)].role")
            }
            if index == elements.count - 1 { endsWithToolResult = role.string(in: body, equals: "tool") }
            guard role.string(in: body, equals: "user") else { continue }
            question = try Self.text(scan[1], scan, body, index)
            return
        }
    }

    private static func text(
        _ content: FieldScan.Field?, _ scan: FieldScan, _ body: [UInt8], _ index: Int
    ) throws(VendorError) -> String {
        switch content?.kind {
        case .string:
            guard let content else { return "" }
            return content.string(in: body)
        case .array:
            // Parts; those that are not text (images, audio) are not looked at.
            let parts = content.flatMap { try? $0.value(in: body) }?.arrayValue ?? []
            return parts.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
        default:
            throw .invalid(
                "The content of a user's message must be a string or a list of parts.",
                parameter: "messages[\(index)].content")
        }
    }
}

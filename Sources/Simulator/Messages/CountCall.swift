import HTTP
import JSON

/// `POST /v1/messages/count_tokens`.
struct CountCall: VendorCall {
    static var dialect: any VendorDialect { AnthropicDialect() }

    private let request: MessageRequest

    init(_ request: Request) throws(VendorError) {
        self.request = try MessageRequest(request.body, isCount: true)
    }

    var model: String { request.chat.model }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        JSONValue.object(["input_tokens": JSONValue(request.chat.promptTokens)]).encoded()
    }
}

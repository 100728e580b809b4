import HTTP

/// `POST /v1/messages`, as Anthropic answers it.
struct MessageCall: VendorCall {
    static var dialect: any VendorDialect { AnthropicDialect() }

    private let request: MessageRequest
    private let body: [UInt8]

    init(_ request: Request) throws(VendorError) {
        self.request = try MessageRequest(request.body, isCount: false)
        body = request.body
    }

    var model: String { request.chat.model }
    var isStreamed: Bool { request.chat.isStreamed }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] { encoder(scenario, number).message() }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let events = encoder(scenario, number).events()
        return SimulatedStream(events: events, pausedEvents: min(2, events.count)..<events.count)
    }

    private func encoder(_ scenario: Scenario, _ number: Int) -> MessageEncoder {
        let said = scenario.answerer.answer(request.chat, body: body)
        return MessageEncoder(request, said, seed: scenario.settings.seed, sequence: number)
    }
}

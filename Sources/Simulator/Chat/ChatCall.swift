/// `POST /v1/chat/completions`.
struct ChatCall: SurfaceCall {
    private let request: ChatRequest
    private let body: [UInt8]

    init(_ body: [UInt8]) throws(VendorError) {
        request = try ChatRequest(body)
        self.body = body
    }

    var model: String { request.model }
    var isStreamed: Bool { request.isStreamed }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] { encoder(scenario, number).completion() }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let encoder = encoder(scenario, number)
        return SimulatedStream(events: encoder.events(), pausedEvents: encoder.pausedEvents)
    }

    private func encoder(_ scenario: Scenario, _ number: Int) -> ChatEncoder {
        let said = scenario.answerer.answer(request, body: body)
        return ChatEncoder(request, said, seed: scenario.settings.seed, sequence: number)
    }
}

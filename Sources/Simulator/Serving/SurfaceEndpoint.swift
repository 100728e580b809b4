import HTTP
import Reactor

/// A surface that is posted to, with the latency and the faults of the settings.
struct SurfaceEndpoint<Call: VendorCall>: Sendable {
    private let state: ProviderState

    private static var faultField: String { "x-simulator-fault" }
    /// A client that never leaves is answered in the end.
    private static var timeout: Duration { .seconds(120) }
    private static var slowness: Duration { .seconds(1) }
    private static var brokenStreamEvents: Int { 3 }

    init(_ state: ProviderState) { self.state = state }

    func respond(_ request: Request) async -> Response {
        let scenario = state.scenario
        let number = scenario.nextNumber()
        do throws(VendorError) {
            return try await answer(request, scenario, number)
        } catch {
            return Call.dialect.response(error)
        }
    }

    private func answer(_ request: Request, _ scenario: Scenario, _ number: Int) async throws(VendorError) -> Response {
        state.count { $0.total += 1 }
        guard Call.dialect.admits(request, key: scenario.settings.requiredKey) else {
            state.count { $0.unauthorized += 1 }
            throw .wrongKey
        }
        let call: Call
        let fault: Fault?
        do throws(VendorError) {
            call = try Call(request)
            fault = try Self.fault(request, call)
        } catch {
            state.count { $0.refused += 1 }
            throw error
        }
        let fails = scenario.fails(number)
        state.count { counts in
            counts.note(model: call.model)
            if call.isStreamed { counts.streamed += 1 }
            if let fault { counts.note(fault) } else if fails { counts.randomErrors += 1 }
        }
        await wait(request.loop, scenario.delay(number), fault)
        if let fault, let error = VendorError(fault) { throw error }
        if fault == nil, fails { throw VendorError(status: 500, message: "The server had an error. (by error_rate)") }
        if fault == .timeout { throw VendorError(status: 504, message: "No answer came in time. (simulated)") }
        if fault == .garbage { return .json(Array("<html>not what was asked for".utf8)) }
        guard call.isStreamed else { return Self.plain(call.plain(scenario, number), call.contentType, fault) }
        return Self.stream(call.stream(scenario, number), scenario, fault)
    }

    /// The field goes before the model's name.
    private static func fault(_ request: Request, _ call: Call) throws(VendorError) -> Fault? {
        if let field = request.head.value(faultField) {
            guard let fault = Fault(field: field) else {
                throw .invalid("There is no fault '\(field)'.", parameter: faultField)
            }
            return fault
        }
        if let fault = Fault(model: call.model) { return fault }
        guard !call.model.hasPrefix(Fault.prefix) else {
            throw VendorError(
                status: 404, message: "The model '\(call.model)' does not exist.", parameter: "model",
                code: "model_not_found")
        }
        return nil
    }

    private func wait(_ loop: EventLoop, _ delay: Duration?, _ fault: Fault?) async {
        var delay = delay
        if fault == .slow { delay = (delay ?? .zero) + Self.slowness }
        if fault == .timeout { delay = Self.timeout }
        guard let delay else { return }
        do {
            try await loop.sleep(for: delay)
        } catch {
            // Cancelled since the client has left: what is answered now is sent to nobody.
            state.count { $0.abandoned += 1 }
        }
    }

    private static func plain(_ bytes: [UInt8], _ type: String, _ fault: Fault?) -> Response {
        // A stream cut short is an event stream's fault; a plain answer has no events and is cut in the middle.
        guard fault == .truncated || fault == .reset || fault == .brokenStream else {
            guard type != "application/json" else { return .json(bytes) }
            return Response(status: 200, headers: ["Content-Type": type], body: .bytes(bytes))
        }
        return cut(fault == .reset ? [] : Array(bytes.prefix(bytes.count / 2)), type: type)
    }

    private static func stream(_ stream: SimulatedStream, _ scenario: Scenario, _ fault: Fault?) -> Response {
        let type = Call.dialect.streamType
        let events = stream.events
        switch fault {
        case .reset: return cut([], type: type)
        case .truncated:
            let bytes = Array(events.joined())
            return cut(Array(bytes.prefix(bytes.count / 2)), type: type)
        case .brokenStream:
            return paced(Array(events.prefix(brokenStreamEvents)), 2..<2, scenario, type, isCut: true)
        case .streamError:
            let told = Array(events.prefix(brokenStreamEvents)) + [Call.dialect.streamError]
            return paced(told, 2..<2, scenario, type, isCut: false)
        default: return paced(events, stream.pausedEvents, scenario, type, isCut: false)
        }
    }

    /// - Parameter pausedEvents: the indices of the events that an interval goes before.
    private static func paced(
        _ events: [[UInt8]], _ pausedEvents: Range<Int>, _ scenario: Scenario, _ type: String, isCut: Bool
    ) -> Response {
        guard let interval = scenario.tokenInterval else {
            let bytes = Array(events.joined())
            return isCut ? cut(bytes, type: type) : streamed(type) { writer in try await writer.write(bytes) }
        }
        return streamed(type) { writer in
            var due = MonotonicInstant.now()
            for (index, event) in events.enumerated() {
                if pausedEvents.contains(index) {
                    // By the clock from the beginning: what each pause has too much does not add up.
                    due = due + interval
                    let ahead = MonotonicInstant.now().duration(to: due)
                    if ahead > .zero { try await writer.loop.sleep(for: ahead) }
                }
                try await writer.write(event)
            }
            if isCut { throw CutOff() }
        }
    }

    /// Chunked without its last chunk; to HTTP/1.0 a connection that is reset.
    private static func cut(_ bytes: [UInt8], type: String) -> Response {
        streamed(type) { writer in
            try await writer.write(bytes)
            throw CutOff()
        }
    }

    private static func streamed(_ type: String, _ body: @escaping @Sendable (BodyWriter) async throws -> Void)
        -> Response
    {
        Response(status: 200, headers: ["Content-Type": type, "Cache-Control": "no-cache"], body: .stream(body))
    }
}

package import HTTP
import JSON
package import Reactor
import Synchronization

/// A provider in OpenAI's chat format for the demo, the tests and the benchmarks. Deterministic by its seed.
package final class SimulatedProvider: Sendable {
    private let settings: SimulatorSettings
    private let turn = Atomic<UInt64>(0)
    private let server = Mutex<Server?>(nil)

    package init(settings: SimulatorSettings) {
        self.settings = settings
    }

    /// - Returns: where it listens; port 0 is resolved.
    package func start(loops: [EventLoop], listen: ListenAddress) async throws -> ListenAddress {
        let chat = Route(
            .post, "/v1/chat/completions", options: RouteOptions(departedClientCancels: true),
            handler: .asynchronous { [self] request in await complete(request) })
        let models = Route(
            .get, "/v1/models",
            handler: .immediate { _ in .json(Array(#"{"object":"list","data":[]}"#.utf8)) })
        let server = try Server(
            listen: [listen], loops: loops, routes: try Router([chat, models]), limits: ServerLimits(),
            errors: { status, title, detail, _, _ in Self.error(status, "\(title): \(detail)") })
        let bound = try await server.start()
        self.server.withLock { $0 = server }
        return bound[0]
    }

    package func stop() async {
        guard let server = server.withLock({ $0 }) else { return }
        server.stopListening()
        _ = await server.drained(within: .milliseconds(200))
    }

    private func complete(_ request: Request) async -> Response {
        guard let asked = SimulatedRequest(request) else { return Self.error(400, "not a chat completion request") }
        let turn = turn.add(1, ordering: .relaxed).newValue
        let dice = SimulatorDice(seed: settings.seed)
        let latency = dice.latency(settings, turn)
        if latency > 0 { try? await request.loop.sleep(for: .microseconds(Int64(latency * 1_000))) }
        if settings.errorRate > 0, dice.share("error", String(turn)) < settings.errorRate {
            return Self.error(500, "simulated failure")
        }
        if let status = asked.fault?.status {
            var response = Self.error(status, "simulated fault")
            if status == 429 { response.headers.set("Retry-After", "1") }
            return response
        }
        if asked.fault == .timeout { try? await request.loop.sleep(for: .seconds(120)) }
        if asked.fault == .slow { try? await request.loop.sleep(for: .seconds(1)) }
        if asked.fault == .garbage { return .json(Array("<html>not what you asked for".utf8)) }
        let wire = ChatWire(id: "chatcmpl-\(turn)", request: asked, answer: SimulatedAnswer(asked, settings))
        if asked.fault == .truncate { return Self.truncated(wire.completion) }
        return asked.isStream ? stream(wire) : .json(wire.completion)
    }

    private func stream(_ wire: ChatWire) -> Response {
        let events = wire.events
        let pause = settings.tokenIntervalMilliseconds
        let isBroken = wire.request.fault == .brokenStream
        var response = Response(
            status: 200,
            body: .stream { writer in
                for (index, event) in events.enumerated() {
                    if isBroken, index == 3 { throw BrokenOnPurpose() }
                    if pause > 0, index > 0 { try await writer.loop.sleep(for: .microseconds(Int64(pause * 1_000))) }
                    try await writer.write(event)
                }
            })
        response.headers.set("Content-Type", "text/event-stream")
        response.headers.set("Cache-Control", "no-cache")
        return response
    }

    /// Half of the answer without the last chunk: the connection breaks in the middle.
    private static func truncated(_ bytes: [UInt8]) -> Response {
        var response = Response(
            status: 200,
            body: .stream { writer in
                try await writer.write(Array(bytes.prefix(bytes.count / 2)))
                throw BrokenOnPurpose()
            })
        response.headers.set("Content-Type", "application/json")
        return response
    }

    private static func error(_ status: Int, _ message: String) -> Response {
        let body: JSONValue = [
            "error": ["message": .string(message), "type": "simulated", "param": .null, "code": .null]
        ]
        return .json(body.encoded(), status: status)
    }

    private struct BrokenOnPurpose: Error {}
}

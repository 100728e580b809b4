import HTTP
import Reactor
import Support
import Synchronization
import Testing

/// Answers that are given to a responder: at once, later, too late, or by a task after all.
@Suite(.timeLimit(.minutes(1))) struct ResponderTests {
    private static func route(_ path: StaticString, _ handle: @escaping @Sendable (Request, Responder) -> Void) -> Route
    {
        Route(.get, "\(path)", handler: .responding(handle))
    }

    private let routes = [
        route("/now") { _, responder in responder.send(.text("now")) },
        route("/later") { request, responder in request.loop.execute { responder.send(.text("later")) } },
        route("/task") { request, responder in
            responder.run {
                try? await request.loop.sleep(for: .milliseconds(5))
                return .text("task")
            }
        },
        route("/stream") { request, responder in
            request.loop.execute {
                responder.send(Response(status: 200, body: .stream { try await $0.write(Array("streamed".utf8)) }))
            }
        },
    ]

    /// RFC 9112 §9.3.2: also where each answer is given from another place.
    @Test func answersKeepTheOrderOfTheRequestsWhereverTheyAreGiven() async throws {
        try await withServer(routes) { server in
            let client = try server.connect()
            let paths = (0..<200).map { ["now", "later", "task", "stream"][$0 % 4] }
            let requests = paths.map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }
            try client.send(requests.joined() + "GET /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let bodies = try client.text().matches(
                of: /\n(?:8\r\n)?(now|later|task|streamed)/.matchingSemantics(.unicodeScalar)
            ).map { String($0.1) }
            #expect(bodies == paths.map { $0 == "stream" ? "streamed" : $0 } + ["now"])
        }
    }

    /// Of the request that it belongs to, and of no other.
    @Test func anAnswerThatComesTooLateIsNobodysAnswer() async throws {
        let kept = Mutex<Responder?>(nil)
        let twice = Self.route("/twice") { _, responder in
            kept.withLock { $0 = responder }
            responder.send(.text("first"))
            responder.send(.text("second"))
            responder.run { .text("third") }
        }
        let after = Self.route("/after") { request, responder in
            let earlier = kept.withLock { $0 }
            earlier?.send(.text("fourth"))
            request.loop.execute {
                earlier?.send(.text("fifth"))
                earlier?.run { .text("sixth") }
                responder.send(.text("own"))
            }
        }
        try await withServer([twice, after]) { server in
            let client = try server.connect()
            try client.send(
                "GET /twice HTTP/1.1\r\nHost: x\r\n\r\nGET /after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = try client.text()
            #expect(text.matches(of: /HTTP\/1.1 200/).count == 2)
            #expect(text.contains("\r\n\r\nfirst") && text.hasSuffix("\r\n\r\nown"))
        }
    }

    @Test func anAnswerForAClientThatHasLeftIsDropped() async throws {
        let kept = Mutex<Responder?>(nil)
        let (arrived, departed) = (Gate(), Gate())
        let route = Route(
            .get, "/", options: RouteOptions(departedClientCancels: true),
            handler: .responding { request, responder in
                kept.withLock { $0 = responder }
                request.tieToCaller(Departure(departed))
                arrived.open()
            })
        try await withServer([route] + routes) { server in
            do {
                let client = try server.connect()
                try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                await arrived.pass()
            }
            await departed.pass()
            let loop = server.loops[0]
            await withCheckedContinuation { continuation in
                loop.execute {
                    kept.withLock { $0 }?.send(.text("nobody"))
                    kept.withLock { $0 }?.run { .text("nobody") }
                    continuation.resume()
                }
            }
            let next = try server.exchange("GET /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(next.hasSuffix("\r\n\r\nnow") && !next.contains("nobody"))
        }
    }

    private final class Departure: DepartureListener {
        private let gate: Gate

        init(_ gate: Gate) { self.gate = gate }

        func callerDeparted() { gate.open() }
    }
}

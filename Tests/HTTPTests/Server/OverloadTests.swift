import Glibc
import HTTP
import Reactor
import Support
import Testing

/// Overload with real sockets: new work is turned away, everything else is answered.
@Suite(.timeLimit(.minutes(1)))
struct OverloadTests {
    /// A handler that keeps its loop busy, as a flood of cheaper ones would.
    private static let work = Route(
        .post, "/v1/work", options: RouteOptions(isShedUnderLoad: true),
        handler: .immediate { _ in
            let end = MonotonicInstant.now() + .milliseconds(1)
            while MonotonicInstant.now() < end {}
            return .text("done")
        })
    private static let others = [
        Route(.get, "/healthz", handler: .immediate { _ in .text("alive") }),
        Route(.get, "/api/v1/x", handler: .asynchronous { _ in .text("operator") }),
    ]

    @Test func inferencesAreShedWhileHealthAndOperatorsAreAnswered() async throws {
        var limits = ServerLimits()
        limits.shedTarget = .milliseconds(1)
        limits.shedInterval = .milliseconds(1)
        limits.pipelineDepthMax = 3
        try await withServer([Self.work] + Self.others, limits: limits) { server in
            let rounds = 100
            let round =
                "POST /v1/work HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
                + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /api/v1/x HTTP/1.1\r\nHost: a\r\n\r\n"
            let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let clients = try (0..<8).map { _ in try server.connect() }
            for client in clients { try client.send(String(repeating: round, count: rounds) + last) }
            let answers = try clients.map { try $0.text() }.joined()
            func count(_ text: String) -> Int {
                answers.split(separator: text, omittingEmptySubsequences: false).count - 1
            }
            let shed = count("HTTP/1.1 503 ")
            // A sender that was kept from sending may have found the loop at rest, but not all eight.
            #expect(shed > 0 && count("Retry-After: 1\r\n") == shed)
            #expect(count("done") + shed == 8 * rounds)
            #expect(count("alive") == 8 * rounds + 8 && count("operator") == 8 * rounds)
            #expect(server.server.counters.reached(.queueDelay) == shed)
            #expect(server.server.counters.inferencesRunning == 0)
        }
    }

    @Test func nothingIsShedWhereTheTargetIsZero() async throws {
        try await withServer([Self.work]) { server in
            let request = "POST /v1/work HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
            let clients = try (0..<4).map { _ in try server.connect() }
            for client in clients { try client.send(String(repeating: request, count: 50)) }
            for client in clients {
                client.finishSending()
                #expect(try client.text().split(separator: "HTTP/1.1 200 ").count == 50)
            }
            #expect(server.server.counters.reached(.queueDelay) == 0)
        }
    }

    @Test func moreInferencesThanMayRunAreRefusedUntilOneEnds() async throws {
        var limits = ServerLimits()
        limits.inferencesMax = 1
        let (started, gate) = (Gate(), Gate())
        let options = RouteOptions(departedClientCancels: true, isShedUnderLoad: true)
        let wait = Route(
            .get, "/v1/wait", options: options,
            handler: .asynchronous { _ in
                started.open()
                await gate.pass()
                return .text("answered")
            })
        try await withServer([wait] + Self.others, limits: limits) { server in
            let get = "GET /v1/wait HTTP/1.1\r\nHost: a\r\n\r\n"
            let first = try server.connect()
            try first.send(get)
            await started.pass()
            #expect(server.server.counters.inferencesRunning == 1)
            let second = try server.connect()
            try second.send(get)
            let refusal = try second.receive(until: "later at /v1/wait\n")
            #expect(refusal.hasPrefix("HTTP/1.1 503 ") && refusal.contains("\r\nRetry-After: 1\r\n"))
            // The refused connection goes on.
            try second.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try second.receive(until: "alive").hasPrefix("HTTP/1.1 200 "))
            gate.open()
            #expect(try first.receive(until: "answered").hasPrefix("HTTP/1.1 200 "))
            try second.send(get)
            #expect(try second.receive(until: "answered").hasPrefix("HTTP/1.1 200 "))
            #expect(server.server.counters.reached(.inferencesRunning) == 1)
        }
    }

    @Test func placeOfAClientThatLeftIsFree() async throws {
        var limits = ServerLimits()
        limits.inferencesMax = 1
        let options = RouteOptions(departedClientCancels: true, isShedUnderLoad: true)
        let wait = Route(
            .get, "/v1/wait", options: options,
            handler: .asynchronous { request in
                try? await request.loop.sleep(for: .seconds(3_600))
                return .text("late")
            })
        try await withServer([wait], limits: limits) { server in
            for _ in 0..<5 {
                let client = try server.connect()
                try client.send("GET /v1/wait HTTP/1.1\r\nHost: a\r\n\r\n")
                while server.server.counters.inferencesRunning == 0 { sched_yield() }
                client.finishSending()
                #expect(try client.receiveAll().isEmpty)
                while server.server.counters.inferencesRunning > 0 { sched_yield() }
            }
            #expect(server.server.counters.reached(.inferencesRunning) == 0)
        }
    }
}

import HTTP
import Reactor
import Support
import Synchronization
import Testing

/// A server on a free port with a loop of its own, ended when `body` returns.
@discardableResult
func withServer<Result>(
    _ routes: [Route], limits: ServerLimits = ServerLimits(), observer: any ServerObserver = NoObserver(),
    listen: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 0)], loops: Int = 1,
    edge: EdgeRules = EdgeRules(), _ body: (RunningServer) async throws -> Result
) async throws -> Result {
    let running = try await RunningServer(routes, limits, observer, listen, loops, edge)
    // The raw client blocks, which the shared pool's few threads must not: the test gets a thread of its own.
    let bench = try EventLoop(name: "client")
    bench.start()
    defer {
        bench.stop()
        bench.join()
    }
    do {
        let result = try await withTaskExecutorPreference(bench) { try await body(running) }
        await running.end()
        return result
    } catch {
        await running.end()
        throw error
    }
}

/// The server under test and how to reach it.
struct RunningServer {
    let server: Server
    let loops: [EventLoop]
    let addresses: [ListenAddress]

    fileprivate init(
        _ routes: [Route], _ limits: ServerLimits, _ observer: any ServerObserver, _ listen: [ListenAddress],
        _ loopCount: Int, _ edge: EdgeRules
    ) async throws {
        loops = try (0..<loopCount).map { try EventLoop(name: "server \($0)") }
        for loop in loops { loop.start() }
        server = try Server(
            listen: listen, loops: loops, routes: try Router(routes), limits: limits, edge: edge,
            errors: { status, title, detail, path, _ in
                .text("\(status) \(title): \(detail) at \(path ?? "nowhere")\n", status: status)
            }, observer: observer)
        addresses = try await server.start()
    }

    fileprivate func end() async {
        server.stopListening()
        _ = await server.drained(within: .zero)
        for loop in loops {
            loop.stop()
            loop.join()
        }
    }

    func connect() throws -> RawClient {
        guard case .tcp(let host, let port) = addresses[0] else {
            throw RawClientError(call: "no TCP address", code: 0)
        }
        return try RawClient(host: host, port: port)
    }

    /// Sends one request that ends its connection, and gives everything that comes back.
    func exchange(_ request: String) throws -> String {
        let client = try connect()
        try client.send(request)
        return try client.text()
    }
}

/// A gate that a test opens and handlers wait at, without a clock.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Text answers that say which request they belong to.
func echo(_ request: Request) -> Response {
    .text("\(request.head.method.rawValue) \(request.head.target) [\(String(decoding: request.body, as: UTF8.self))]")
}

let echoRoutes = [
    Route(.get, "/echo/{name}", handler: .immediate(echo)),
    Route(.post, "/echo/{name}", handler: .immediate(echo)),
    Route(.post, "/small", options: RouteOptions(bodyBytesMax: 8), handler: .immediate(echo)),
]

import HTTP
import JSON
import Reactor
import Simulator
import Support

/// A provider on a free port with a loop of its own, ended when `body` returns.
func withProvider(
    _ settings: SimulatorSettings = SimulatorSettings(), _ body: (RunningProvider) async throws -> Void
) async throws {
    let loop = try EventLoop(name: "provider")
    // The raw client blocks, which the shared pool's few threads must not: the test gets a thread of its own.
    let bench = try EventLoop(name: "client")
    for loop in [loop, bench] { loop.start() }
    defer {
        for loop in [loop, bench] {
            loop.stop()
            loop.join()
        }
    }
    let provider = try SimulatedProvider(settings: settings)
    let address = try await provider.start(loops: [loop], listen: .tcp(host: "127.0.0.1", port: 0))
    guard case .tcp(_, let port) = address else { throw RawClientError(call: "listen", code: 0) }
    do {
        try await withTaskExecutorPreference(bench) {
            try await body(RunningProvider(provider: provider, port: port))
        }
        await provider.stop()
    } catch {
        await provider.stop()
        throw error
    }
}

/// The provider under test and how to reach it.
struct RunningProvider {
    let provider: SimulatedProvider
    let port: Int

    func request(
        _ method: String, _ path: String, _ body: [UInt8] = [], headers: [String] = []
    ) throws -> ProviderReply {
        let client = try send(method, path, body, headers: headers)
        return try ProviderReply(try client.receiveAll())
    }

    /// Sends a request and leaves the answer to be read.
    func send(_ method: String, _ path: String, _ body: [UInt8], headers: [String] = []) throws -> RawClient {
        let client = try RawClient(port: port)
        var head = ["\(method) \(path) HTTP/1.1", "Host: simulator", "Connection: close"] + headers
        head.append("Content-Length: \(body.count)")
        try client.send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
        return client
    }

    /// Asks one question of one user; `fields` are further members of the body.
    func ask(
        _ question: String = "Where is my parcel?", model: String = "sim-large", fields: JSONValue = [:],
        headers: [String] = []
    ) throws -> ProviderReply {
        try request("POST", "/v1/chat/completions", Self.body(question, model: model, fields), headers: headers)
    }

    static func body(_ question: String, model: String, _ fields: JSONValue = [:]) -> [UInt8] {
        var body: JSONObject = [
            "model": .string(model), "messages": [["role": "user", "content": .string(question)]],
        ]
        for (key, value) in fields.objectValue ?? JSONObject() { body[key] = value }
        return JSONValue.object(body).encoded()
    }
}

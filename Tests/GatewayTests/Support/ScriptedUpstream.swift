import CLinux
import Glibc
import Synchronization

/// A provider that does what its script says, byte for byte, well or badly.
final class ScriptedUpstream: Sendable {
    enum Step: Sendable {
        case send(String)
        case bytes([UInt8])
        /// Silence, in milliseconds: a slow model.
        case pause(Int)
        /// Until the test opens it.
        case wait(Gate)
        /// Tells the test that it has come so far.
        case open(Gate)
        /// FIN.
        case close
        /// FIN, and what the gateway still sends is read until it leaves.
        case halfClose
        /// Reads something that the gateway sent, and forgets it.
        case receive
        /// RST.
        case reset
        /// Says nothing more, and waits for the gateway to leave.
        case untilDeparture
    }

    typealias Script = @Sendable (_ request: WireMessage, _ index: Int) -> [Step]
    /// What happens to a connection, numbered from 0, before a request is read from it.
    typealias Greeting = @Sendable (_ connection: Int) -> [Step]

    private struct State {
        var requests: [WireMessage] = []
        var connections = 0
        var departures = 0
        var departureWaiters: [CheckedContinuation<Void, Never>] = []
    }

    let port: Int
    private let listener: Int32
    private let greeting: Greeting
    private let script: Script
    private let state = Mutex(State())

    init(greeting: @escaping Greeting, script: @escaping Script) throws {
        var bound: UInt16 = 0
        listener = clinux_listen_tcp("127.0.0.1", 0, 64, 0, &bound)
        guard listener >= 0 else { throw RawSocket.Broken() }
        port = Int(bound)
        self.greeting = greeting
        self.script = script
        spawnThread { [weak self, listener] in
            // The thread owns the descriptor: closed by anybody else, its number could be another test's by now.
            defer { close(listener) }
            while true {
                // A program that another test starts would hold on to it, and a reset here would reach nobody.
                let descriptor = clinux_accept_blocking(listener)
                guard descriptor >= 0 || errno == EAGAIN || errno == EINTR else { return }
                guard descriptor >= 0 else {
                    var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                    poll(&waiting, 1, -1)
                    continue
                }
                guard let self else {
                    close(descriptor)
                    continue
                }
                var on: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
                let index = self.state.withLock { state in
                    state.connections += 1
                    return state.connections - 1
                }
                spawnThread { self.serve(RawSocket(descriptor: descriptor), index) }
            }
        }
    }

    convenience init(_ script: @escaping Script) throws {
        try self.init(greeting: { _ in [] }, script: script)
    }

    /// Answers everything alike.
    convenience init(_ steps: [Step]) throws {
        try self.init { _, _ in steps }
    }

    deinit {
        // Wakes the thread, which closes it.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    var baseURL: String { "http://127.0.0.1:\(port)/v1" }
    var requests: [WireMessage] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }

    /// Returns when the gateway has left a connection.
    func departure() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.departures == 0 { state.departureWaiters.append(continuation) }
                return state.departures > 0
            }
            if isThere { continuation.resume() }
        }
    }

    private func serve(_ socket: RawSocket, _ index: Int) {
        _ = clinux_set_receive_timeout(socket.descriptor, 20_000)
        guard perform(greeting(index), on: socket) else { return }
        var buffer: [UInt8] = []
        while true {
            while let (request, rest) = Self.request(in: buffer) {
                buffer = rest
                let index = state.withLock { state in
                    state.requests.append(request)
                    return state.requests.count - 1
                }
                guard perform(script(request, index), on: socket) else { return }
            }
            guard let bytes = try? socket.receive(), !bytes.isEmpty else { break }
            buffer += bytes
        }
        departed()
        socket.close()
    }

    private static func request(in buffer: [UInt8]) -> (WireMessage, rest: [UInt8])? {
        guard let (found, start) = WireMessage.head(of: buffer) else { return nil }
        var head = found
        if head["transfer-encoding"] == "chunked" {
            (head.body, head.isWhole) = WireMessage.unchunked(buffer[start...])
            // Nothing is sent behind a body before its answer has come.
            return head.isWhole ? (head, []) : nil
        }
        let length = Int(head["content-length"] ?? "") ?? 0
        guard buffer.count >= start + length else { return nil }
        head.body = Array(buffer[start..<(start + length)])
        return (head, Array(buffer[(start + length)...]))
    }

    /// - Returns: whether the connection goes on.
    private func perform(_ steps: [Step], on socket: RawSocket) -> Bool {
        for step in steps {
            switch step {
            case .send(let text): if (try? socket.send(Array(text.utf8))) == nil { return ended(socket) }
            case .bytes(let bytes): if (try? socket.send(bytes)) == nil { return ended(socket) }
            case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1_000)
            case .wait(let gate): gate.wait()
            case .open(let gate): gate.open()
            case .close:
                socket.close()
                return false
            case .reset:
                socket.reset()
                return false
            case .receive: _ = try? socket.receive()
            case .halfClose, .untilDeparture:
                if case .halfClose = step { _ = clinux_shutdown_write(socket.descriptor) }
                while let bytes = try? socket.receive(), !bytes.isEmpty {}
                return ended(socket)
            }
        }
        return true
    }

    private func ended(_ socket: RawSocket) -> Bool {
        departed()
        socket.close()
        return false
    }

    private func departed() {
        let waiters = state.withLock { state in
            state.departures += 1
            defer { state.departureWaiters = [] }
            return state.departureWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

extension ScriptedUpstream {
    /// A whole plain answer, with its length.
    static func plain(_ body: String, status: Int = 200, fields: String = "") -> [Step] {
        let head = "HTTP/1.1 \(status) Scripted\r\nContent-Type: application/json\r\n\(fields)"
        return [.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)]
    }

    static let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    static func chunk(_ text: String) -> Step {
        .send(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n")
    }

    /// Events in a chunk each, without the last chunk.
    static func events(_ events: [String]) -> [Step] {
        [.send(streamHead)] + events.map { chunk("data: \($0)\n\n") }
    }

    static let lastChunk = Step.send("0\r\n\r\n")

    /// A whole streamed answer.
    static func stream(_ texts: [String]) -> [Step] {
        events(texts.map(delta) + [finish, "[DONE]"]) + [lastChunk]
    }

    static func delta(_ text: String) -> String {
        #"{"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}],"usage":null}"#
    }

    static let finish = #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#
    static let usage = #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#
    static let completion =
        #"{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"42"},"finish_reason":"stop"}],"#
        + #""usage":{"prompt_tokens":1000,"completion_tokens":500,"prompt_tokens_details":{"cached_tokens":100}}}"#
}

/// A client of the gateway on one connection, which knows no more than HTTP.
struct Caller: Sendable {
    let socket: RawSocket

    static func connect(port: Int) async throws -> Caller {
        try await offThread { Caller(socket: try .connect(port: port)) }
    }

    func send(_ method: String = "POST", _ path: String, _ body: String = "", fields: [String] = []) async throws {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: signalbox\r\nAuthorization: Bearer key\r\n"
        for field in fields { text += field + "\r\n" }
        if method == "POST" { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        let bytes = Array((text + "\r\n" + body).utf8)
        try await offThread { try socket.send(bytes) }
    }

    /// Reads one answer to its end, or to where it breaks off.
    func answer() async throws -> WireMessage {
        try await read { _ in false }
    }

    /// Reads until the body so far satisfies `isEnough`, or to the end.
    func read(until isEnough: @escaping @Sendable (String) -> Bool) async throws -> WireMessage {
        try await offThread {
            var buffer: [UInt8] = []
            while true {
                if let (head, start) = WireMessage.head(of: buffer) {
                    var message = head
                    if message["transfer-encoding"] == "chunked" {
                        (message.body, message.isWhole) = WireMessage.unchunked(buffer[start...])
                    } else {
                        let length = Int(message["content-length"] ?? "") ?? 0
                        message.body = Array(buffer[start...])
                        message.isWhole = message.body.count >= length
                    }
                    if message.isWhole || isEnough(message.text) { return message }
                    let bytes = (try? socket.receive()) ?? []
                    if bytes.isEmpty { return message }
                    buffer += bytes
                } else {
                    let bytes = try socket.receive()
                    guard !bytes.isEmpty else { throw RawSocket.Broken(deed: "end before the head") }
                    buffer += bytes
                }
            }
        }
    }
}

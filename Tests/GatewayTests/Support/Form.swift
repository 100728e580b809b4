/// A form as a client writes it.
struct Form: Sendable {
    static let boundary = "b0undary-7"

    let bytes: [UInt8]

    /// - Parameter parts: of a file the name is `field=file.name`.
    init(_ parts: [(name: String, content: [UInt8])]) {
        var bytes: [UInt8] = []
        for (name, content) in parts {
            let names = name.split(separator: "=")
            let file = names.count == 2 ? "; filename=\"\(names[1])\"\r\nContent-Type: audio/wav" : ""
            bytes += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(names[0])\"\(file)\r\n\r\n".utf8
            bytes += content + "\r\n".utf8
        }
        self.bytes = bytes + "--\(Self.boundary)--\r\n".utf8
    }

    init(_ parts: [(name: String, text: String)]) { self.init(parts.map { ($0.name, Array($0.text.utf8)) }) }

    static func spoken(_ model: String, file: [UInt8] = Array("RIFF".utf8)) -> Form {
        Form([("model", Array(model.utf8)), ("file=a.wav", file)])
    }

    static let contentType = "multipart/form-data; boundary=" + boundary

    static func head(
        _ path: String = "/v1/audio/transcriptions", length: Int?, fields: [String] = []
    ) -> String {
        let framing = length.map { "Content-Length: \($0)" } ?? "Transfer-Encoding: chunked"
        let lines = [
            "POST \(path) HTTP/1.1", "Host: signalbox", "Authorization: Bearer key", "Content-Type: " + contentType,
            framing,
        ]
        return (lines + fields).joined(separator: "\r\n") + "\r\n\r\n"
    }
}

extension Rig {
    func post(
        form: Form, path: String = "/v1/audio/transcriptions", fields: [String] = []
    ) async throws -> WireMessage {
        let caller = try await Caller.connect(port: port)
        defer { caller.socket.close() }
        let bytes = Array(Form.head(path, length: form.bytes.count, fields: fields).utf8) + form.bytes
        // An answer may come before all of it is taken, and then there is nobody to take the rest.
        try? await offThread { try caller.socket.send(bytes) }
        return try await caller.answer()
    }
}

import CCurl

/// The head of every request to one target but for the length of its body, and where it goes: made once per target, so
/// that a request costs a copy of it.
struct RequestHeadTemplate: Sendable {
    /// To whom a connection may be lent: connections are shared by targets with the same origin and address policy, and
    /// by nobody else.
    struct Origin: Sendable, Hashable {
        let isSecure: Bool
        let host: String
        let port: Int
        let policy: AddressPolicy
    }

    let origin: Origin
    /// Up to and with `Content-Length: `.
    let bytes: [UInt8]

    /// - Returns: nil for a URL that is no HTTP URL, or a field that would break the head.
    init?(url: String, headers: [(name: String, value: String)], policy: AddressPolicy, method: String = "POST") {
        // curl connects to what its own parser makes of the URL: asking the same parser leaves no room for two
        // readings.
        let parsed = curl_url()
        defer { curl_url_cleanup(parsed) }
        guard let parsed, curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
        var parts: [String] = []
        for part in [CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT, CURLUPART_PATH] {
            guard let text = Self.part(part, of: parsed) else { return nil }
            parts.append(text)
        }
        guard parts[0] == "http" || parts[0] == "https", let port = Int(parts[2]),
            Self.part(CURLUPART_USER, of: parsed) == nil
        else { return nil }
        origin = Origin(isSecure: parts[0] == "https", host: parts[1], port: port, policy: policy)
        let isDefault = port == (origin.isSecure ? 443 : 80)
        let query = Self.part(CURLUPART_QUERY, of: parsed).map { "?" + $0 } ?? ""
        var lines = [
            "\(method) \(parts[3])\(query) HTTP/1.1", "Host: " + parts[1] + (isDefault ? "" : ":\(port)"),
            "User-Agent: signalbox", "Accept: */*",
        ]
        for (name, value) in headers {
            let own = name.lowercased()
            guard !Self.framing.contains(own) else { return nil }
            if own == "user-agent" || own == "accept" { lines.removeAll { $0.lowercased().hasPrefix(own + ":") } }
            lines.append(name + ": " + value)
        }
        // A control character would be the end of a line, and what follows it a line of somebody else's (RFC 9110
        // §5.5).
        guard !lines.contains(where: { $0.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } }) else { return nil }
        bytes = Array((lines.joined(separator: "\r\n") + "\r\nContent-Length: ").utf8)
    }

    /// Puts a request together, as far as it is there.
    func append(to output: inout [UInt8], _ request: UpstreamRequest) {
        guard request.isUsual else { return appendUnusual(to: &output, request) }
        let body = request.body
        output.reserveCapacity(output.count + bytes.count + request.fields.count + body.count + 24)
        output += bytes
        output += String(body.count).utf8
        if !request.fields.isEmpty { output += request.fields }
        output += Self.headEnd
        output += body
    }

    private func appendUnusual(to output: inout [UInt8], _ request: UpstreamRequest) {
        output += bytes.dropLast(Self.lengthName.count)
        if request.isBare {
            // The lines of a request's own have their ends before them, the template's behind them.
            output.removeLast(Self.headEnd.count / 2)
            output += request.fields
            output += Self.headEnd
            return
        }
        if let type = request.contentType { output += "Content-Type: \(type)\r\n".utf8 }
        guard let upload = request.upload else {
            output += Self.lengthName
            output += String(request.body.count).utf8
            output += Self.headEnd
            output += request.body
            return
        }
        if let length = upload.length {
            output += Self.lengthName
            output += String(length).utf8
        } else {
            output += "Transfer-Encoding: chunked".utf8
        }
        output += Self.headEnd
        upload.frame(request.body, into: &output)
    }

    private static let lengthName = Array("Content-Length: ".utf8)
    /// What a signature covers, read off the head itself: the path and what stands behind its question mark, as they
    /// are sent, and the `Host`.
    var signed: (path: String, query: String, host: String) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let sides = lines[0].split(separator: " ")[1]
            .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return (
            String(sides[0]), sides.count == 2 ? String(sides[1]) : "", String(lines[1].dropFirst("Host: ".count))
        )
    }

    private static let headEnd = Array("\r\n\r\n".utf8)

    /// Set by us for each request.
    private static let framing: Set<String> = ["host", "connection", "content-length", "transfer-encoding", "expect"]

    private static func part(_ part: CURLUPart, of parsed: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let flags = part == CURLUPART_PORT ? UInt32(CURLU_DEFAULT_PORT) : 0
        guard curl_url_get(parsed, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

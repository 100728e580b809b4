import Testing

/// One case of llhttp's Markdown test files: a request, and what that parser logs of it.
struct LlhttpCase: Sendable, CustomTestStringConvertible {
    let name: String
    let request: [UInt8]
    /// The joined spans by kind; those of trailers, which we drop, left out.
    let spans: [String: String]
    /// The code of the error that ends the log.
    let errorCode: Int?

    var testDescription: String { name }

    static let files =
        ["connection", "content-length", "finish", "invalid", "method", "pipelining", "sample"]
        .map { "\($0).md" } + ["transfer-encoding.md", "uri.md"]

    /// The cases of plain `request` type; the lenient ones are for parsers that have such modes.
    static func all() -> [LlhttpCase] {
        files.flatMap { file in
            cases(String(decoding: Corpora.bytes("llhttp/\(file)"), as: UTF8.self), file)
        }
    }

    private static func cases(_ text: String, _ file: String) -> [LlhttpCase] {
        var found: [LlhttpCase] = []
        var heading = ""
        var isPlain = false
        var request: String?
        var block: [Substring]?
        var fence = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let open = block {
                guard line == "```" else {
                    block?.append(line)
                    continue
                }
                block = nil
                let body = open.joined(separator: "\n")
                if fence == "```http" { request = body }
                if fence == "```log", isPlain, let sent = request {
                    let name = "\(file): \(heading) #\(found.count)"
                    found.append(LlhttpCase(name: name, request: sent, log: body))
                }
            } else if line.hasPrefix("```") {
                fence = String(line)
                block = []
            } else if line.hasPrefix("#") {
                heading = String(line.drop { $0 == "#" || $0 == " " })
            } else if line.hasPrefix("<!-- meta=") {
                let meta = line.filter { $0 != " " }
                // skipBody is a mode of that parser's caller, not of the wire.
                isPlain = meta.contains("\"type\":\"request\"") && !meta.contains("skipBody")
            }
        }
        return found
    }

    private init(name: String, request: String, log: String) {
        self.name = name
        // A block's own last newline, which precedes the fence, is gone already with the joining of its lines.
        var text = request.replacing("\\\n", with: "")
        text = text.replacing("\n", with: "\r\n")
        self.request = Corpora.expanded(Array(text.utf8))
        var spans: [String: String] = [:]
        var code: Int?
        var isInHead = true
        for line in log.split(separator: "\n") {
            if let range = line.firstRange(of: "error code=") {
                code = Int(line[range.upperBound...].prefix { $0.isNumber })
            }
            if line.hasSuffix("message begin") { isInHead = true }
            if line.contains("headers complete") { isInHead = false }
            guard let open = line.firstRange(of: "span["), let close = line.firstRange(of: "]=\"") else { continue }
            let kind = String(line[open.upperBound..<close.lowerBound])
            guard isInHead || !kind.hasPrefix("header_") else { continue }
            let value = line[close.upperBound...].dropLast()
            spans[kind, default: ""] += kind == "header_value" ? Self.trimmed(value) : String(value)
        }
        self.spans = spans
        errorCode = code
    }

    /// llhttp leaves white space behind a value; it is no part of it (RFC 9112 §5.1).
    private static func trimmed(_ value: Substring) -> String {
        var text = value.replacing("\\t", with: "\t")[...]
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}

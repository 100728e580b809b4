import JSON

/// A line of an output or error file (developers.openai.com/api/reference/resources/batches, read 2026-11).
struct AnswerLine: Sendable {
    /// Whether it belongs into the error file: every answer but one of 2xx.
    let isError: Bool
    /// With its line feed.
    let bytes: [UInt8]
    /// What it says of its whole batch; the first such word of a batch is kept with it.
    var ofBatch: LineFault?

    /// - Parameters:
    ///   - status: of the answer.
    ///   - body: JSON; other text is given as a string.
    init(batch: String, _ line: BatchLine, status: Int, requestID: String, body: [UInt8]) {
        isError = !(200..<300).contains(status)
        var response = Array("{\"status_code\":\(status),\"request_id\":".utf8)
        JSONText.appendEscaped(requestID, to: &response)
        response += Array(",\"body\":".utf8)
        response += Self.onOneLine(body)
        response.append(UInt8(ascii: "}"))
        bytes = Self.bytes(batch, line, response: response, error: Self.null)
    }

    /// - Parameter code: `batch_cancelled` or `batch_expired`, as OpenAI names them.
    init(batch: String, _ line: BatchLine, unasked code: String, _ message: String) {
        isError = true
        let error: JSONValue = ["code": .string(code), "message": .string(message)]
        bytes = Self.bytes(batch, line, response: Self.null, error: error.encoded())
    }

    /// What it is asked by: the same each time.
    static func requestID(batch: String, _ line: BatchLine) -> String { "\(batch)-\(line.number)" }

    private static let null = Array("null".utf8)

    private static func bytes(_ batch: String, _ line: BatchLine, response: [UInt8], error: [UInt8]) -> [UInt8] {
        let id = "batch_req_" + batch.dropFirst(BatchRecord.prefix.count) + "_\(line.number)"
        var bytes = Array("{\"id\":".utf8)
        bytes.reserveCapacity(response.count + error.count + line.customID.utf8.count + 128)
        JSONText.appendEscaped(id, to: &bytes)
        bytes += Array(",\"custom_id\":".utf8)
        JSONText.appendEscaped(line.customID, to: &bytes)
        bytes += Array(",\"response\":".utf8)
        bytes += response
        bytes += Array(",\"error\":".utf8)
        bytes += error
        bytes += Array("}\n".utf8)
        return bytes
    }

    /// Line ends stand in JSON between its tokens only (RFC 8259 §2, §7), where a space says the same.
    private static func onOneLine(_ body: [UInt8]) -> [UInt8] {
        guard !body.isEmpty else { return null }
        guard isJSON(body) else { return JSONText.escaped(String(decoding: body, as: UTF8.self)) }
        guard body.contains(where: isLineEnd) else { return body }
        return body.map { isLineEnd($0) ? UInt8(ascii: " ") : $0 }
    }

    private static func isJSON(_ body: [UInt8]) -> Bool {
        if (try? FieldScan(body, wanted: [])) != nil { return true }
        return (try? JSONValue(parsing: body, depthMax: 512, duplicateKeys: .lastWins)) != nil
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}

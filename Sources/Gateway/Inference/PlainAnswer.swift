import Domain
import JSON

/// A whole answer: checked to be JSON, and read only for what the outcome needs. The caller gets its bytes.
struct PlainAnswer: Sendable {
    let bytes: [UInt8]
    let tokens: Outcome.Tokens?
    let finishReason: String?
    /// Whether it says that there is none: some, OpenRouter among them, answer an error with a status of success.
    let isError: Bool
    /// Whether it could be put into the caller's words. It was paid for all the same.
    let isSayable: Bool
    private let content: FieldScan.Field?
    /// Where it was translated.
    private let said: String?

    /// One that was read already.
    init(bytes: [UInt8], isSayable: Bool = true, tokens: Outcome.Tokens?, finishReason: String?, text: String?) {
        self.bytes = bytes
        self.isSayable = isSayable
        isError = false
        self.tokens = tokens
        self.finishReason = finishReason
        content = nil
        said = text
    }

    /// - Returns: nil for what is no JSON object: half a document, or an error page with status 200.
    init?(_ bytes: [UInt8], _ reading: AnswerReading) {
        guard let scan = try? PathScan(bytes, reading.plain) else { return nil }
        self.bytes = bytes
        isSayable = true
        isError =
            scan[AnswerReading.error].map { $0.kind == .object || $0.kind == .string && $0.value.count > 2 } ?? false
        tokens = reading.usage.tokens(scan, in: bytes)
        let reason = reading.finishReason < 0 ? nil : scan[reading.finishReason]
        finishReason = reason.flatMap { $0.kind == .string ? $0.string(in: bytes) : nil }
        content = reading.content < 0 ? nil : scan[reading.content]
        said = nil
    }

    /// How long what was said is, in bytes; all of the answer where it says nothing in words.
    var saidBytes: Int {
        if let content, content.kind == .string { return content.value.count }
        guard let said, !said.isEmpty else { return bytes.count }
        return said.utf8.count
    }

    /// What the first choice says.
    var text: String? {
        guard let content, content.kind == .string else { return said }
        return content.string(in: bytes)
    }
}

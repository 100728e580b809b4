import Domain
import JSON

/// A whole chat completion: checked to be JSON, and read only for what the outcome needs. The caller gets its bytes.
struct PlainAnswer: Sendable {
    let bytes: [UInt8]
    let tokens: Outcome.Tokens?
    let finishReason: String?

    private static let wanted: [StaticString] = ["choices", "usage"]
    private static let wantedChoice: [StaticString] = ["finish_reason", "message"]
    private static let wantedMessage: [StaticString] = ["content"]

    /// - Returns: nil for what is no JSON object: half a document, or an error page with status 200.
    init?(_ bytes: [UInt8]) {
        guard let scan = try? FieldScan(bytes, wanted: Self.wanted) else { return nil }
        self.bytes = bytes
        tokens = Usage.tokens(scan[1], in: bytes)
        finishReason = Self.choice(scan, bytes).flatMap { choice in
            choice[0].flatMap { $0.kind == .string ? choice.string($0, in: bytes) : nil }
        }
    }

    /// What the first choice says.
    var text: String? {
        guard let scan = try? FieldScan(bytes, wanted: Self.wanted), let choice = Self.choice(scan, bytes),
            let message = choice[1], message.kind == .object,
            let inner = try? FieldScan(bytes, within: message.value, wanted: Self.wantedMessage),
            let content = inner[0], content.kind == .string
        else { return nil }
        return inner.string(content, in: bytes)
    }

    private static func choice(_ scan: FieldScan, _ bytes: [UInt8]) -> FieldScan? {
        guard let choices = scan[0], choices.kind == .array,
            let first = try? FieldScan.firstElement(of: choices, in: bytes), first.kind == .object
        else { return nil }
        return try? FieldScan(bytes, within: first.value, wanted: wantedChoice)
    }
}

import Domain
import JSON

/// A whole chat completion: checked to be JSON, and read only for what the outcome needs. The caller gets its bytes.
struct PlainAnswer: Sendable {
    let bytes: [UInt8]
    let tokens: Outcome.Tokens?
    let finishReason: String?
    private let content: FieldScan.Field?

    private static let plan = PathPlan(
        [["choices", "0", "finish_reason"], ["choices", "0", "message", "content"]] + Usage.paths)

    /// - Returns: nil for what is no JSON object: half a document, or an error page with status 200.
    init?(_ bytes: [UInt8]) {
        guard let scan = try? PathScan(bytes, Self.plan) else { return nil }
        self.bytes = bytes
        tokens = Usage.tokens(scan, from: 2, in: bytes)
        finishReason = scan[0].flatMap { $0.kind == .string ? $0.string(in: bytes) : nil }
        content = scan[1]
    }

    /// What the first choice says.
    var text: String? {
        guard let content, content.kind == .string else { return nil }
        return content.string(in: bytes)
    }
}

import Domain
import HTTP
import JSON

/// Whether a request of a batch is to be asked again, by what it was answered.
enum LineVerdict {
    /// - Returns: nil for an answer that is too long to be held.
    static func answer(_ response: Response) -> BatchLineAnswer? {
        let body: [UInt8]
        switch response.body {
        case .empty: body = []
        case .bytes(let bytes): body = bytes
        case .stream: return nil
        }
        return BatchLineAnswer(status: response.status, body: body, verdict: verdict(response))
    }

    static let oversized: BatchLineAnswer = {
        let error = OpenAIError(
            status: 502, message: "the provider's answer is larger than a batch may hold", code: "answer_too_large")
        return BatchLineAnswer(status: error.status, body: error.body, verdict: .final)
    }()

    /// What no waiting would let through is no 429 (see `LimitRefusal`).
    private static func verdict(_ response: Response) -> BatchLineAnswer.Verdict {
        switch response.status {
        case 429, 503: .later(milliseconds: milliseconds(response.headers))
        case 499: .cancelled
        case 501, 505: .final
        case 408, 500...: .failed
        default: .final
        }
    }

    private static func milliseconds(_ headers: Headers) -> Int64? {
        if let text = headers["retry-after-ms"], let value = Double(text), value >= 0 {
            return Int64(min(value.rounded(.up), 1e12))
        }
        guard let text = headers["retry-after"], let seconds = Double(text), seconds >= 0 else { return nil }
        return Int64(min(seconds * 1_000, 1e12))
    }
}

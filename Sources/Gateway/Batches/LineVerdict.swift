import Domain
import HTTP
import JSON

/// Whether a request of a batch is to be asked again, by what it was answered.
enum LineVerdict {
    /// For an answer that is more than a batch holds.
    static let tooLarge = "answer_too_large"
    /// A line of one's own on the way from the inference to the batch: nobody else reads it.
    private static let providerMark = "x-signalbox-unserved"

    static func answer(_ response: Response) -> BatchLineAnswer {
        let body: [UInt8]
        switch response.body {
        case .empty: body = []
        case .bytes(let bytes): body = bytes
        case .stream: return streamed
        }
        return BatchLineAnswer(status: response.status, body: body, verdict: verdict(response, body))
    }

    /// What no request of a batch can ask for.
    private static let streamed: BatchLineAnswer = {
        let error = OpenAIError(
            status: 502, message: "the answer is a stream, which a batch does not hold", code: "answer_streamed")
        return BatchLineAnswer(status: error.status, body: error.body, verdict: .final)
    }()

    /// Whether the next request would fare alike: it was never asked, it was asked with what the provider does not
    /// take, or the provider says that it serves nobody (529 is Anthropic's word for that,
    /// docs.claude.com/en/api/errors, read 2026-11).
    static func isOfProvider(_ failure: TrialFailure) -> Bool {
        switch failure {
        // Ours, and over as soon as others are answered.
        case .transfer(.noSlot), .transfer(.noDescriptor): false
        case .transfer(.tokenNotGranted): true
        case .transfer(let failure): !failure.mayHaveBeenAsked
        case .status(let status): (300..<404).contains(status) || status == 503 || status == 529
        case .garbage, .reported, .unsayable, .unrenderable: false
        }
    }

    static func mark(_ response: inout Response) { response.headers.set(providerMark, "1") }

    /// What no waiting would let through is no 429 (see `LimitRefusal`).
    private static func verdict(_ response: Response, _ body: [UInt8]) -> BatchLineAnswer.Verdict {
        guard response.status >= 404, response.status != 422 else { return .final }
        let milliseconds = milliseconds(response.headers)
        if response.headers[providerMark] != nil { return .unserved(milliseconds: milliseconds) }
        let error = response.status == 499 ? nil : (try? JSONValue(parsing: body))?["error"]
        let code = error?["code"]?.stringValue
        switch response.status {
        case 429:
            // Funds, which no pause brings back (platform.openai.com/docs/guides/error-codes, read 2026-11).
            if code == "insufficient_quota" { return .unserved(milliseconds: milliseconds) }
            return isOurs(error?["param"]?.stringValue)
                ? .later(milliseconds: milliseconds) : .limited(milliseconds: milliseconds)
        case 503:
            return code == LastTry.openCode
                ? .unserved(milliseconds: milliseconds) : .later(milliseconds: milliseconds)
        // The model, by whichever name; or something that the request itself names.
        case 404: return code == "model_not_found" ? .unserved(milliseconds: nil) : .failed
        case 405, 408: return .failed
        case 499: return .cancelled
        case 501, 505: return .final
        case 500...: return code == tooLarge ? .final : .failed
        default: return .final
        }
    }

    /// Whether it is a limit of the gateway's own, by the field that it names.
    private static func isOurs(_ param: String?) -> Bool {
        guard let param else { return false }
        return LimitedSubject.Kind.allCases.contains { param.hasPrefix($0.rawValue + ".") }
    }

    private static func milliseconds(_ headers: Headers) -> Int64? {
        if let text = headers["retry-after-ms"], let value = Double(text), value >= 0 {
            return Int64(min(value.rounded(.up), 1e12))
        }
        guard let text = headers["retry-after"], let seconds = Double(text), seconds >= 0 else { return nil }
        return Int64(min(seconds * 1_000, 1e12))
    }
}

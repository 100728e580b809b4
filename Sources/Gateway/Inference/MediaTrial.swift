import Reactor

/// One try at an answer of any media type, as far as its first bytes: nothing is promised to the caller before.
struct MediaTrial: Sendable {
    enum Opening: Sendable {
        case events
        /// JSON, or an answer that is no success: to be read whole.
        case document
        /// The first bytes of anything else are here, or all of it.
        case media(String)
        case failed(TrialFailure)
    }

    let exchange: any UpstreamExchange

    /// RFC 9110 §8.3: what a recipient may take bytes for that nobody says anything about.
    private static let unknownType = "application/octet-stream"

    /// - Parameter limit: when this try has to have begun to answer.
    func open(until limit: MonotonicInstant?) async -> Opening {
        await exchange.wait(for: .head, until: limit)
        if let failure = exchange.failure { return .failed(.transfer(failure)) }
        guard let head = exchange.head else {
            return .failed(.transfer(exchange.isFinished ? .malformedAnswer : .timeoutTry))
        }
        guard (200..<300).contains(head.status) else { return .document }
        let type = head.contentType ?? Self.unknownType
        switch Self.essence(of: type) {
        case "text/event-stream": return .events
        case "application/json": return .document
        // An error page with a status of success.
        case "text/html": return .failed(.garbage)
        default: break
        }
        await exchange.wait(for: .bytes(1), until: limit)
        if let failure = exchange.failure { return .failed(.transfer(failure)) }
        if exchange.bytesWaiting == 0, !exchange.isFinished { return .failed(.transfer(.timeoutTry)) }
        // Silence may be written down as nothing; spoken it would be something.
        if exchange.bytesWaiting == 0, !type.hasPrefix("text/") { return .failed(.garbage) }
        return .media(type)
    }

    private static func essence(of type: String) -> String {
        var text = type.prefix { $0 != ";" }.lowercased()
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

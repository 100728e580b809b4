import Domain

/// What a try came to, as far as its caller is concerned.
enum TrialNews: Sendable {
    case plain(PlainTrial.Result)
    case stream(StreamRelay.Opening)

    /// Why it is of no use.
    enum Failing: Sendable {
        case failed(TrialFailure, status: Int?, told: Outcome.Tokens?)
        /// An answer of the provider's that the caller may see if nobody else gives a better one.
        case refused(UpstreamHead, [UInt8])

        var isCancelled: Bool {
            if case .failed(let failure, _, _) = self { failure.isCancelled } else { false }
        }
    }

    /// nil for an answer.
    func failing(of trial: Trial, _ relay: StreamRelay?) -> Failing? {
        switch self {
        case .plain(.answer), .plain(.oversized), .stream(.ready): nil
        case .plain(.refused(let head, let body)): .refused(head, body)
        case .plain(.failed(let failure, let status, let told)): .failed(failure, status: status, told: told)
        // Its caller would not wait any longer, and is answered with signs of life.
        case .stream(.late): nil
        case .stream(.refused(let head, let body)):
            if let failure = trial.failure(status: head.status, body) {
                .failed(failure, status: head.status, told: relay?.reading.tokens)
            } else {
                .refused(trial.route.translation?.completed(head, body) ?? head, body)
            }
        case .stream(.failed(let failure)):
            .failed(failure, status: trial.exchange.head?.status, told: relay?.reading.tokens)
        }
    }
}

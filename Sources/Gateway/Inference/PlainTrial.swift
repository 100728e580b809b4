import Domain
import Reactor
import Translation

/// One try at a plain answer: its whole answer is read before anything is promised to the caller.
struct PlainTrial: Sendable {
    enum Result: Sendable {
        case answer(PlainAnswer)
        /// A success that is larger than the buffer: it has to be streamed on.
        case oversized(any UpstreamExchange)
        /// An answer of the provider's with a status that the caller is to see, and its body.
        case refused(UpstreamHead, [UInt8])
        /// With tokens that the provider told all the same.
        case failed(TrialFailure, status: Int?, told: Outcome.Tokens? = nil)
    }

    private let trial: Trial

    init(_ trial: Trial) {
        self.trial = trial
    }

    private var exchange: any UpstreamExchange { trial.exchange }
    /// Where the provider's wire is not the caller's.
    private var translation: (any BodyTranslation)? { trial.route.translation }

    /// To be asked when the answer has come, or as much of it as is waited for.
    func result() -> Result {
        if let failure = exchange.failure { return .failed(.transfer(failure), status: exchange.head?.status) }
        guard let head = exchange.head else { return .failed(.transfer(.malformedAnswer), status: nil) }
        if let failure = Self.failure(of: head.status) {
            let told = exchange.isFinished ? PlainAnswer(exchange.take(), trial.route.reading)?.tokens : nil
            exchange.cancel()
            return .failed(failure, status: head.status, told: told)
        }
        let isSuccess = head.status < 300
        guard exchange.isFinished else {
            if isSuccess, translation == nil { return .oversized(exchange) }
            exchange.cancel()
            return .failed(.garbage, status: head.status)
        }
        let bytes = exchange.take()
        guard isSuccess else {
            guard let translation else { return .refused(head, bytes) }
            let failure = translation.failure(status: head.status, bytes)
            return failure.map { .failed($0, status: head.status) }
                ?? .refused(translation.completed(head, bytes), bytes)
        }
        let answer: PlainAnswer? =
            if let translation {
                translation.answer(bytes, trial.context(wantsUsage: true))
            } else {
                PlainAnswer(bytes, trial.route.reading)
            }
        guard let answer else { return .failed(.garbage, status: head.status) }
        guard !answer.isError else {
            return .failed(.reported(bytes, code: nil), status: head.status, told: answer.tokens)
        }
        return answer.isSayable
            ? .answer(answer) : .failed(.unsayable, status: head.status, told: answer.tokens)
    }

    /// A status that never reaches the caller: 401, 402 and 403 are about our credential and our account, not the
    /// caller's.
    static func failure(of status: Int) -> TrialFailure? {
        switch status {
        case 200..<300: nil
        case 401...403: .status(status)
        case 400..<500: nil
        default: .status(status)
        }
    }
}

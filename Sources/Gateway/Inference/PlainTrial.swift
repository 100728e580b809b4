import Domain
import Reactor

/// One try at a plain answer: its whole answer is read before anything is promised to the caller.
struct PlainTrial: Sendable {
    enum Result: Sendable {
        case answer(PlainAnswer)
        /// A success that is larger than the buffer: it has to be streamed on.
        case oversized(any UpstreamExchange)
        /// An answer of the provider's with a status that the caller is to see, and its body.
        case refused(UpstreamHead, [UInt8])
        case failed(TrialFailure, status: Int?)
    }

    let exchange: any UpstreamExchange
    let reading: AnswerReading

    /// To be asked when the answer has come, or as much of it as is waited for.
    func result() -> Result {
        if let failure = exchange.failure { return .failed(.transfer(failure), status: exchange.head?.status) }
        guard let head = exchange.head else { return .failed(.transfer(.malformedAnswer), status: nil) }
        if let failure = Self.failure(of: head.status) {
            exchange.cancel()
            return .failed(failure, status: head.status)
        }
        let isSuccess = head.status < 300
        guard exchange.isFinished else {
            if isSuccess { return .oversized(exchange) }
            exchange.cancel()
            return .failed(.garbage, status: head.status)
        }
        let bytes = exchange.take()
        guard isSuccess else { return .refused(head, bytes) }
        guard let answer = PlainAnswer(bytes, reading) else { return .failed(.garbage, status: head.status) }
        return .answer(answer)
    }

    /// A status that never reaches the caller: 401 and 403 are about our credential, not the caller's.
    static func failure(of status: Int) -> TrialFailure? {
        switch status {
        case 200..<300: nil
        case 401, 403: .status(status)
        case 400..<500: nil
        default: .status(status)
        }
    }
}

/// What the end of a try tells about its upstream. Never the caller's own doing: neither what it sent, nor how little
/// patience it had.
enum BreakerRule {
    enum Verdict: Sendable {
        case failure
        /// It answered, if only to refuse.
        case answer
        case nothing
    }

    /// - Parameter hadItsTime: as `Trial.hasWholeTime` says.
    static func verdict(of failure: TrialFailure, hadItsTime: Bool) -> Verdict {
        switch failure {
        case .transfer(let failure): verdict(of: failure, hadItsTime: hadItsTime)
        case .status(let status): verdict(ofStatus: status)
        case .reported(_, .some(400..<500)), .unsayable: .answer
        case .garbage, .reported: .failure
        case .unrenderable: .nothing
        }
    }

    private static func verdict(of failure: UpstreamFailure, hadItsTime: Bool) -> Verdict {
        switch failure {
        case .nameNotResolved, .connectFailed, .tlsFailed, .timeoutConnect, .timeoutFirstByte, .timeoutIdle,
            .connectionLost, .truncated, .malformedAnswer, .headTooLarge, .other:
            .failure
        case .timeoutTotal, .timeoutTry: hadItsTime ? .failure : .nothing
        // Ours to mend, or nobody's; who gives tokens is left alone by who asks for them.
        case .tokenNotGranted, .noDescriptor, .noSlot, .addressNotAllowed, .misconfigured, .cancelled: .nothing
        }
    }

    /// 401 and 403 are about our credential: the provider is well, and leaving it alone mends nothing. 501 and 505 are
    /// about what was asked for.
    private static func verdict(ofStatus status: Int) -> Verdict {
        switch status {
        case 501, 505, 0..<500: .answer
        default: .failure
        }
    }
}

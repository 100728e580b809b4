/// A reading of what a server has counted since it started.
package struct ServerCounters: Sendable, Equatable {
    package var connectionsOpen = 0
    package var connectionsAccepted = 0
    /// Closed at once: their address had its share already, or the kernel took no further descriptor to watch.
    package var connectionsRefused = 0
    /// Requests by class of status: index 2 is 2xx … 5 is 5xx; 0 and 1 are unused.
    package var answers = [0, 0, 0, 0, 0, 0]
    /// How often each limit was reached, by `ReachedLimit.rawValue`.
    var limitsReached = [Int](repeating: 0, count: ReachedLimit.allCases.count)
    /// How often each kind of input was refused, by `RefusedInput.rawValue`.
    var inputsRefused = [Int](repeating: 0, count: RefusedInput.allCases.count)
    /// Compressed bodies of requests that were taken.
    package var bodiesExpanded = 0
    package var answersCompressed = 0
    /// Bytes of the bodies of those answers, as they were and as they went out.
    package var bytesBeforeCompression = 0
    package var bytesAfterCompression = 0
    /// Requests whose client left before the answer was complete.
    package var clientsGone = 0
    /// Streamed answers whose body failed half-way.
    package var streamsBroken = 0
    /// Header fields of answers that were left out because they could not be sent.
    package var fieldsRefused = 0
    package var bytesIn = 0
    package var bytesOut = 0
    /// Requests on routes that shed under load which are being answered now.
    package var inferencesRunning = 0
    /// How long requests wait for the slowest loop at least, in nanoseconds; 0 where nothing is shed.
    package var queueDelayNanoseconds: UInt64 = 0
    /// The share of new inferences that the most loaded loop sheds, in ten-thousandths.
    package var shedShare = 0

    package var requests: Int { answers.reduce(0, +) }

    /// How often the limit was reached.
    package func reached(_ limit: ReachedLimit) -> Int { limitsReached[limit.rawValue] }

    /// How often such input was refused.
    package func refused(_ input: RefusedInput) -> Int { inputsRefused[input.rawValue] }

    package init() {}
}

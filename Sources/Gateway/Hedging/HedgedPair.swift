import HTTP

/// Two calls for one caller, who leaves both.
final class HedgedPair: DepartureListener {
    private let first: any UpstreamExchange
    private let second: any UpstreamExchange

    init(_ first: any UpstreamExchange, _ second: any UpstreamExchange) {
        self.first = first
        self.second = second
    }

    func callerDeparted() {
        first.callerDeparted()
        second.callerDeparted()
    }
}

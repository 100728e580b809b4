import Synchronization

/// What the hedges of a deployment may be, what became of them, and how fast its places are; it outlives the revisions.
/// Every call adds a share of a hedge: so a provider that has become slow for all is asked a few percent more, and not
/// twice as much (Finagle's `maxExtraLoad`).
package final class HedgeLedger: DeploymentLedger {
    private struct Place: Hashable {
        let provider: String
        let model: String
        let writes: Bool
    }

    private struct State {
        /// Hundredths of a percent of a hedge.
        var credit = HedgeLedger.creditMax
        var counts = [Int](repeating: 0, count: HedgeFate.allCases.count)
        var times: [Place: AnswerTimes] = [:]
    }

    /// A hedge, in hundredths of a percent of one.
    private static let whole = 10_000
    /// What may be saved up, and is there at first: a few calls a minute have their hedges too.
    private static let creditMax = 10 * whole
    /// Of places, revisions long past included.
    private static let placesMax = 512

    package let project: String
    package let deployment: String
    private let state = Mutex(State())

    package init(project: String, deployment: String) {
        self.project = project
        self.deployment = deployment
    }

    /// Since the start.
    package var counts: [(fate: HedgeFate, count: Int)] {
        let counts = state.withLock { $0.counts }
        return zip(HedgeFate.allCases, counts).map { (fate: $0, count: $1) }
    }

    /// Whole hedges that may be made now.
    var credit: Int { state.withLock { $0.credit / Self.whole } }

    /// Asked when the plan of a deployment is made, never by an inference.
    /// - Parameter writes: whether of answers that the model writes, or of those that it has as soon as it has read.
    func times(of provider: String, model: String, writes: Bool) -> AnswerTimes {
        let place = Place(provider: provider, model: model, writes: writes)
        return state.withLock { state in
            if let times = state.times[place] { return times }
            if state.times.count >= Self.placesMax { state.times.removeAll() }
            let times = AnswerTimes()
            state.times[place] = times
            return times
        }
    }

    /// A call began beside which another may have to be made.
    /// - Parameter share: percent of a hedge.
    func deposit(_ share: Double) {
        let amount = Int((share * 100).rounded())
        state.withLock { $0.credit = min(Self.creditMax, $0.credit + amount) }
    }

    /// - Returns: whether a hedge may begin; if so it is taken.
    func withdraw() -> Bool {
        state.withLock { state in
            guard state.credit >= Self.whole else { return false }
            state.credit -= Self.whole
            return true
        }
    }

    /// One that was taken was not made.
    func giveBack() {
        state.withLock { $0.credit = min(Self.creditMax, $0.credit + Self.whole) }
    }

    func count(_ fate: HedgeFate) {
        guard let place = HedgeFate.allCases.firstIndex(of: fate) else { return }
        state.withLock { $0.counts[place] += 1 }
    }
}

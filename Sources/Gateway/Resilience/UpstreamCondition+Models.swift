import Domain

/// A provider fares as its models do, each of which has a breaker of its own.
extension UpstreamCondition {
    /// Adds how one of them fares: states as that of the worst, counts summed.
    mutating func add(_ other: UpstreamCondition) {
        let isWorse = other.circuit.badness > circuit.badness
        if isWorse { circuit = other.circuit }
        if let error = other.lastError, isWorse || lastError == nil { lastError = error }
        openMilliseconds = [openMilliseconds, other.openMilliseconds].compactMap { $0 }.min()
        consecutiveFailures = max(consecutiveFailures, other.consecutiveFailures)
        windowRequests += other.windowRequests
        windowFailures += other.windowFailures
        transitions.merge(other.transitions) { $0 + $1 }
        skips += other.skips
        retries += other.retries
        refusedRetries += other.refusedRetries
        limits += other.limits
        coolDowns += other.coolDowns
    }
}

extension UpstreamCondition.Circuit {
    fileprivate var badness: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}

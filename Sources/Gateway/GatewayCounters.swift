package import Domain
import Synchronization

/// What the gateway left out, since its start.
package final class GatewayCounters: Sendable {
    private let skippedSliceCount = Atomic<Int>(0)

    /// Entries of callers' metadata that could not be slices.
    package var skippedSlices: Int {
        skippedSliceCount.load(ordering: .relaxed)
    }

    private let crowdedOutBodyCount = Atomic<Int>(0)

    /// Inferences whose bodies were to be kept, and found no room.
    package var crowdedOutBodies: Int {
        crowdedOutBodyCount.load(ordering: .relaxed)
    }

    func crowdedOutBody() { crowdedOutBodyCount.add(1, ordering: .relaxed) }

    private let refusals = Mutex<[[Int]]>(
        Array(
            repeating: Array(repeating: 0, count: Meter.Limit.allCases.count),
            count: LimitedSubject.Kind.allCases.count))

    /// Inferences that a limit refused, by whose and which.
    package var refusedByLimits: [(kind: LimitedSubject.Kind, limit: Meter.Limit, count: Int)] {
        let counts = refusals.withLock { $0 }
        return zip(LimitedSubject.Kind.allCases, counts).flatMap { kind, counts in
            zip(Meter.Limit.allCases, counts).map { (kind: kind, limit: $0, count: $1) }
        }
    }

    func refused(_ limit: Meter.Limit, by kind: LimitedSubject.Kind) {
        guard let row = LimitedSubject.Kind.allCases.firstIndex(of: kind),
            let column = Meter.Limit.allCases.firstIndex(of: limit)
        else { return }
        refusals.withLock { $0[row][column] += 1 }
    }

    private let budgetOverrunCount = Atomic<Int>(0)

    /// Inferences under a budget that cost more than they could have at most, by the estimate.
    package var budgetOverruns: Int { budgetOverrunCount.load(ordering: .relaxed) }

    private let budgetAlertCount = Atomic<Int>(0)

    /// Budgets that came to the share at which an alert was asked for.
    package var budgetAlerts: Int { budgetAlertCount.load(ordering: .relaxed) }

    func alertedBudget() { budgetAlertCount.add(1, ordering: .relaxed) }

    func overranBudget() { budgetOverrunCount.add(1, ordering: .relaxed) }

    func skipped(slices count: Int) {
        if count > 0 { skippedSliceCount.add(count, ordering: .relaxed) }
    }
}

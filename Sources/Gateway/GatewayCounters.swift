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

    private final class Count: Sendable {
        let value = Atomic<Int>(0)
    }

    /// By kind, and within it by limit.
    private let refusals = (0..<LimitedSubject.Kind.allCases.count * Meter.Limit.allCases.count).map { _ in Count() }

    /// Inferences that a limit refused, by whose and which.
    package var refusedByLimits: [(kind: LimitedSubject.Kind, limit: Meter.Limit, count: Int)] {
        LimitedSubject.Kind.allCases.flatMap { kind in
            Meter.Limit.allCases.map { limit in
                (kind: kind, limit: limit, count: refusals[Self.place(limit, kind)].value.load(ordering: .relaxed))
            }
        }
    }

    func refused(_ limit: Meter.Limit, by kind: LimitedSubject.Kind) {
        refusals[Self.place(limit, kind)].value.add(1, ordering: .relaxed)
    }

    private static func place(_ limit: Meter.Limit, _ kind: LimitedSubject.Kind) -> Int {
        let row: Int =
            switch kind {
            case .key: 0
            case .project: 1
            case .deployment: 2
            case .provider: 3
            }
        let column: Int =
            switch limit {
            case .requests: 0
            case .tokens: 1
            case .concurrent: 2
            case .budget: 3
            }
        return row * Meter.Limit.allCases.count + column
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

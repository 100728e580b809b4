package import Domain
package import SQL
import Synchronization

/// Keeps every budget's lease ahead of what is spent and promised, a sixteenth of the budget or less. Requests never
/// wait for it: what is promised beyond the lease, in the moment in which a greater one is being written, is what a
/// crash could lose.
package final class BudgetLeases: Sendable {
    private let meters: MeterBook
    private let database: any Database
    private let clock: WallClock
    private let wanted = Doorbell()
    private let written = Atomic<UInt64>(0)
    private let report: @Sendable (any Error) -> Void
    private static let retryMilliseconds: Int64 = 1_000

    /// - Parameter report: told of each lease that could not be written; it is tried again.
    package init(
        meters: MeterBook, database: any Database, clock: WallClock,
        report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.meters = meters
        self.database = database
        self.clock = clock
        self.report = report
    }

    /// Transactions that wrote leases.
    package var writes: UInt64 { written.load(ordering: .relaxed) }

    /// A budget comes near the end of its lease. Never waits.
    package func want() { wanted.ring() }

    /// Runs until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do {
                try await renew()
                await wanted.wait()
            } catch is CancellationError {
                return
            } catch {
                report(error)
                await wanted.wait(atMost: .milliseconds(Self.retryMilliseconds))
            }
        }
    }

    /// Writes every lease that is due.
    package func renew() async throws {
        let due = meters.budgeted.compactMap { meter -> (account: BudgetAccount, lease: BudgetLease)? in
            guard let budget = meter.budget, let account = meter.account,
                let lease = account.leaseDue(budget, at: clock.now())
            else { return nil }
            return (
                account,
                BudgetLease(
                    subject: meter.subject, period: budget.period, start: lease.start, microUSD: lease.microUSD)
            )
        }
        guard !due.isEmpty else { return }
        try await database.write { try SpendingStore.write(due.map(\.lease), in: $0) }
        for (account, lease) in due { account.leased(lease.microUSD, from: lease.start) }
        written.add(1, ordering: .relaxed)
    }

    /// Nothing runs any more: what was leased and not spent is free again.
    package func close() async throws {
        let final = meters.budgeted.compactMap { meter -> BudgetLease? in
            guard let budget = meter.budget, let state = meter.account?.current(at: clock.now()) else { return nil }
            return BudgetLease(
                subject: meter.subject, period: budget.period, start: state.span.lowerBound,
                microUSD: state.spent + state.promised)
        }
        guard !final.isEmpty else { return }
        try await database.write { try SpendingStore.write(final, in: $0) }
    }
}

import Domain
import Gateway
import Logging
import Telemetry

/// What limits and budgets say of themselves: lines in the log, metrics, and that leases are due.
struct LimitReports {
    let meters: MeterBook
    let leases: BudgetLeases
    let logger: Logger
    let clock: WallClock

    /// A scrape must not grow with the number of keys without end.
    private static let seriesMax = 1_000

    var hooks: LimitHooks {
        var hooks = LimitHooks()
        hooks.leaseWanted = { [leases] in leases.want() }
        hooks.budget = { [logger] event, meter in
            logger.warning(
                event == .alert ? "a budget is nearly spent" : "a budget is spent: requests are refused",
                metadata: [
                    "of": "\(meter.subject.kind.rawValue)", "id": "\(meter.subject.id)", "name": "\(meter.name)",
                    "micro_usd": "\(meter.budget?.microUSD ?? 0)", "period": "\(meter.budget?.period.rawValue ?? "")",
                    "alert_at": "\(meter.budget?.alertAt ?? 1)",
                ])
        }
        return hooks
    }

    func families() -> [MetricFamily] {
        let budgets = meters.budgeted.sorted { $0.subject.id < $1.subject.id }.prefix(Self.seriesMax)
        func samples(_ value: (Meter, BudgetAccount.State) -> Int64) -> [MetricFamily.Sample] {
            budgets.compactMap { meter in
                meter.account.map { account in
                    MetricFamily.Sample(
                        Double(value(meter, account.current(at: clock.now()))),
                        labels: [
                            (name: "of", value: meter.subject.kind.rawValue), (name: "id", value: meter.subject.id),
                        ])
                }
            }
        }
        return [
            MetricFamily(
                "signalbox_budget_micro_usd", .gauge, help: "The budget of a period, in millionths of a US dollar.",
                samples: samples { meter, _ in meter.budget?.microUSD ?? 0 }),
            MetricFamily(
                "signalbox_budget_spent_micro_usd", .gauge, help: "What of it is spent in the running period.",
                samples: samples { _, state in state.spent }),
            MetricFamily(
                "signalbox_budget_reserved_micro_usd", .gauge, help: "What running inferences may still cost.",
                samples: samples { _, state in state.promised }),
            MetricFamily(
                "signalbox_budget_lease_writes", .counter,
                help: "Transactions that wrote down what is to count as spent after a crash.",
                samples: [.init(Double(leases.writes))]),
        ]
    }
}

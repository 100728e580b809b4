import Domain
import Gateway
import Telemetry

/// What the gateway left out of outcomes, and how its upstreams fare.
struct GatewayMetrics {
    let counters: GatewayCounters
    let upstreams: UpstreamDirectory
    let mirrors: DeploymentLedgers<MirrorBudget>
    let hedges: DeploymentLedgers<HedgeLedger>

    func families() -> [MetricFamily] {
        [
            MetricFamily(
                "signalbox_slices_skipped", .counter, help: "Entries of callers' metadata that cannot be slices.",
                samples: [.init(Double(counters.skippedSlices))]),
            MetricFamily(
                "signalbox_bodies_crowded_out", .counter,
                help: "Inferences whose bodies were to be stored and found no room in memory.",
                samples: [.init(Double(counters.crowdedOutBodies))]),
            MetricFamily(
                "signalbox_limits_refused", .counter, help: "Inferences that a limit refused, by whose and which.",
                samples: counters.refusedByLimits.map { refused in
                    .init(
                        Double(refused.count),
                        labels: [
                            (name: "of", value: refused.kind.rawValue), (name: "limit", value: refused.limit.rawValue),
                        ])
                }),
            MetricFamily(
                "signalbox_budget_alerts", .counter, help: "Budgets that came to the share at which to alert.",
                samples: [.init(Double(counters.budgetAlerts))]),
            MetricFamily(
                "signalbox_budget_overruns", .counter,
                help: "Inferences under a budget that cost more than was reserved for them.",
                samples: [.init(Double(counters.budgetOverruns))]),
        ] + mirrorFamilies + [hedgeFamily] + upstreamFamilies
    }

    private var hedgeFamily: MetricFamily {
        MetricFamily(
            "signalbox_hedges", .counter,
            help: "Calls that took long enough for another to be made beside them, by what became of that.",
            samples: hedges.all.flatMap { ledger in
                ledger.counts.map {
                    .init(
                        Double($0.count),
                        labels: [
                            (name: "project", value: ledger.project), (name: "deployment", value: ledger.deployment),
                            (name: "outcome", value: $0.fate.rawValue),
                        ])
                }
            })
    }

    private var mirrorFamilies: [MetricFamily] {
        let budgets = mirrors.all.map { budget in
            (
                budget: budget,
                labels: [
                    (name: "project", value: budget.project), (name: "deployment", value: budget.deployment),
                ] as Labels
            )
        }
        return [
            MetricFamily(
                "signalbox_mirrors", .counter, help: "Copies for shadows, by what became of them.",
                samples: budgets.flatMap { budget, labels in
                    budget.counts.map {
                        .init(Double($0.count), labels: labels + [(name: "result", value: $0.fate.rawValue)])
                    }
                }),
            MetricFamily(
                "signalbox_mirrors_running", .gauge, help: "Copies for shadows that are under way.",
                samples: budgets.map { .init(Double($0.budget.running), labels: $0.labels) }),
        ]
    }

    /// Labels of what is told of each upstream.
    private typealias Labels = [(name: String, value: String)]

    private var upstreamFamilies: [MetricFamily] {
        let upstreams = upstreams.entries.map { upstream in
            let labels: Labels = [
                (name: "project", value: upstream.project), (name: "provider", value: upstream.provider),
            ]
            return (
                labels: labels, mode: upstream.mode, condition: upstream.condition, circuits: upstream.circuits
            )
        }
        func counter(_ name: String, _ help: String, _ value: (UpstreamCondition) -> Int) -> MetricFamily {
            MetricFamily(
                "signalbox_upstream_\(name)", .counter, help: help,
                samples: upstreams.map { .init(Double(value($0.condition)), labels: $0.labels) })
        }
        return [
            counter("retries", "Further tries of an upstream within an inference.") { $0.retries },
            counter("retries_refused", "Further tries that the upstream's retry budget did not allow.") {
                $0.refusedRetries
            },
            counter("skips", "Inferences that were not sent to an upstream, since its breaker was open.") { $0.skips },
            counter("limits", "Answers of 429.") { $0.limits },
            MetricFamily(
                "signalbox_upstream_breaker_mode", .gauge,
                help: "1 for who decides whether the upstream is asked: itself, or an operator's word.",
                samples: upstreams.flatMap { upstream in
                    BreakerMode.allCases.map { mode in
                        .init(
                            upstream.mode == mode ? 1 : 0,
                            labels: upstream.labels + [(name: "mode", value: mode.rawValue)])
                    }
                }),
            MetricFamily(
                "signalbox_upstream_model_circuit", .gauge,
                help: "1 for the state that the breaker of an upstream's model is in.",
                samples: upstreams.flatMap { upstream in
                    upstream.circuits.flatMap { model in
                        UpstreamCondition.Circuit.allCases.map { circuit in
                            .init(
                                model.circuit == circuit ? 1 : 0,
                                labels: upstream.labels + [
                                    (name: "model", value: model.model), (name: "state", value: circuit.rawValue),
                                ])
                        }
                    }
                }),
            MetricFamily(
                "signalbox_upstream_circuit", .gauge,
                help: "1 for the state that the worst of the upstream's breakers is in.",
                samples: upstreams.flatMap { upstream in
                    UpstreamCondition.Circuit.allCases.map { circuit in
                        .init(
                            upstream.condition.circuit == circuit ? 1 : 0,
                            labels: upstream.labels + [(name: "state", value: circuit.rawValue)])
                    }
                }),
            MetricFamily(
                "signalbox_upstream_transitions", .counter, help: "Changes of its models' breakers to a state.",
                samples: upstreams.flatMap { upstream in
                    UpstreamCondition.Circuit.allCases.map { circuit in
                        .init(
                            Double(upstream.condition.transitions[circuit] ?? 0),
                            labels: upstream.labels + [(name: "to", value: circuit.rawValue)])
                    }
                }),
        ]
    }
}

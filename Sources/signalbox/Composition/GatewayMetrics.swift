import Gateway
import Telemetry

/// What the gateway left out of outcomes.
struct GatewayMetrics {
    let counters: GatewayCounters

    func families() -> [MetricFamily] {
        [
            MetricFamily(
                "signalbox_slices_skipped", .counter, help: "Entries of callers' metadata that cannot be slices.",
                samples: [.init(Double(counters.skippedSlices))]),
            MetricFamily(
                "signalbox_bodies_crowded_out", .counter,
                help: "Inferences whose bodies were to be stored and found no room in memory.",
                samples: [.init(Double(counters.crowdedOutBodies))]),
        ]
    }
}

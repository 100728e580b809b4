import HTTP
import Telemetry

/// The server's limits and its overload, as metrics show them.
struct ServerLoad {
    let counters: ServerCounters

    var families: [MetricFamily] {
        [
            MetricFamily(
                "signalbox_http_limits_reached", .counter, help: "How often a client reached a limit, by limit.",
                samples: ReachedLimit.allCases.map { limit in
                    .init(Double(counters.reached(limit)), labels: [(name: "limit", value: limit.name)])
                }),
            MetricFamily(
                "signalbox_http_streams_broken", .counter, help: "Streamed answers that ended half-way.",
                samples: [.init(Double(counters.streamsBroken))]),
            MetricFamily(
                "signalbox_http_received_bytes", .counter, help: "Bytes received from clients.",
                samples: [.init(Double(counters.bytesIn))]),
            MetricFamily(
                "signalbox_http_sent_bytes", .counter, help: "Bytes sent to clients.",
                samples: [.init(Double(counters.bytesOut))]),
            MetricFamily(
                "signalbox_inferences_running", .gauge, help: "Inferences that are being answered now.",
                samples: [.init(Double(counters.inferencesRunning))]),
            MetricFamily(
                "signalbox_overload_queue_delay_seconds", .gauge,
                help: "How long requests wait for the slowest loop at least.",
                samples: [.init(Double(counters.queueDelayNanoseconds) / 1e9)]),
            MetricFamily(
                "signalbox_overload_shed_ratio", .gauge,
                help: "The share of new inferences that the most loaded loop turns away; 0 is no overload.",
                samples: [.init(Double(counters.shedShare) / 10_000)]),
        ]
    }
}

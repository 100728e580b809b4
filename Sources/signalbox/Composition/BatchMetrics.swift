import Batch
import Telemetry

/// What batches have done, and do now.
struct BatchMetrics {
    let runner: BatchRunner

    func families() -> [MetricFamily] {
        let counters = runner.counters
        return [
            MetricFamily(
                "signalbox_batch_lines", .counter,
                help: "Requests of batches that have an answer, by the file it is in.",
                samples: [
                    .init(Double(counters.completed), labels: [(name: "file", value: "output")]),
                    .init(Double(counters.failed), labels: [(name: "file", value: "error")]),
                ]),
            MetricFamily(
                "signalbox_batch_lines_put_off", .counter,
                help: "Times that a limit or a provider did not let a request of a batch through.",
                samples: [.init(Double(counters.repeated))]),
            MetricFamily(
                "signalbox_batch_lines_running", .gauge, help: "Requests of batches that are being asked.",
                samples: [.init(Double(runner.linesRunning))]),
            MetricFamily(
                "signalbox_batches_running", .gauge, help: "Batches that are worked on.",
                samples: [.init(Double(runner.batchesRunning))]),
            MetricFamily(
                "signalbox_batches_ended", .counter, help: "Batches by the status that they ended in.",
                samples: counters.ended.sorted { $0.key < $1.key }.map { status, count in
                    .init(Double(count), labels: [(name: "status", value: status)])
                }),
        ]
    }
}

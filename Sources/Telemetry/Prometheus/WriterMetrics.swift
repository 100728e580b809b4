/// What the way into the file looks like from outside: depth, writes, drops.
package struct WriterMetrics: Sendable {
    private let queue: OutcomeQueue
    private let writer: OutcomeWriter

    package init(queue: OutcomeQueue, writer: OutcomeWriter) {
        self.queue = queue
        self.writer = writer
    }

    package func families() -> [MetricFamily] {
        let counts = queue.counts
        return [
            MetricFamily(
                "signalbox_outcomes_recorded", .counter, help: "Outcomes handed to telemetry since the start.",
                samples: [.init(Double(counts.recorded))]),
            MetricFamily(
                "signalbox_outcomes_written", .counter, help: "Outcomes that are in the telemetry file.",
                samples: [.init(Double(counts.settled - counts.dropped))]),
            MetricFamily(
                "signalbox_outcomes_dropped", .counter,
                help: "Outcomes lost: the queue was full, or they cannot be written.",
                samples: [.init(Double(counts.dropped))]),
            MetricFamily(
                "signalbox_outcomes_unwritable", .counter,
                help: "Outcomes set aside because no try could have written them; counted as dropped too.",
                samples: [.init(Double(writer.setAside))]),
            MetricFamily(
                "signalbox_outcomes_queue_depth", .gauge, help: "Outcomes that wait to be written.",
                samples: [.init(Double(queue.depth))]),
            MetricFamily(
                "signalbox_outcome_batches_failed", .counter, help: "Batches that failed and were tried again.",
                samples: [.init(Double(writer.failedBatches))]),
        ] + bodies(counts)
    }

    private func bodies(_ counts: OutcomeQueue.Counts) -> [MetricFamily] {
        [
            MetricFamily(
                "signalbox_outcome_bodies_stored", .counter, help: "Outcomes whose bodies are in the telemetry file.",
                samples: [.init(Double(writer.bodies.stored))]),
            MetricFamily(
                "signalbox_outcome_bodies_bytes", .counter,
                help: "Bytes of bodies written to the telemetry file, compressed.",
                samples: [.init(Double(writer.bodies.bytes))]),
            MetricFamily(
                "signalbox_outcome_bodies_dropped", .counter,
                help: "Outcomes whose bodies are not in the file: too many bytes waited (memory), the outcome was lost "
                    + "(outcome), or the store refused them (refused).",
                samples: [
                    .init(Double(counts.bodiesCrowdedOut), labels: [(name: "reason", value: "memory")]),
                    .init(Double(counts.bodiesDropped), labels: [(name: "reason", value: "outcome")]),
                    .init(Double(writer.bodies.refused), labels: [(name: "reason", value: "refused")]),
                ]),
        ]
    }
}

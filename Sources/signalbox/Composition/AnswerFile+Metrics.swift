import Archive
import Domain
import Telemetry

/// The file of answers: what it holds, and what it did.
extension AnswerFile {
    var families: [MetricFamily] {
        let statistics = statistics
        let holding = holding
        func counts(_ name: String, _ help: String, _ values: [(String, Int)]) -> MetricFamily {
            MetricFamily(
                name, .counter, help: help,
                samples: values.map { .init(Double($1), labels: [(name: "result", value: $0)]) })
        }
        func single(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Int) -> MetricFamily {
            MetricFamily(name, kind, help: help, samples: [.init(Double(value))])
        }
        return [
            single("signalbox_cache_disk_open", .gauge, "Whether the file can be asked.", statistics.isOpen ? 1 : 0),
            single("signalbox_cache_disk_entries", .gauge, "Answers in the file.", holding.entries),
            MetricFamily(
                "signalbox_cache_disk_bytes", .gauge, help: "Bytes of the answers, and of what the file uses for them.",
                samples: [
                    .init(Double(holding.bytes), labels: [(name: "part", value: "answers")]),
                    .init(Double(statistics.fileBytes), labels: [(name: "part", value: "file")]),
                ]),
            counts(
                "signalbox_cache_disk_lookups",
                "Answers that memory did not have and the file was asked for, by result.",
                [
                    ("hit", statistics.hits), ("miss", statistics.misses), ("late", statistics.late),
                    ("failed", statistics.unread),
                ]),
            counts(
                "signalbox_cache_disk_writes", "Answers that were to be written, by result.",
                [("written", statistics.written), ("dropped", statistics.dropped)]),
            single(
                "signalbox_cache_disk_failures", .counter, "What the file refused: reads, writes, being opened.",
                statistics.failures),
            single(
                "signalbox_cache_disk_damaged", .counter, "Answers that were not what had been written.",
                statistics.damaged),
            single(
                "signalbox_cache_disk_discarded", .counter, "Files that were thrown away or put aside.",
                statistics.discarded),
        ]
    }
}

import HTTP
import SQL
import Synchronization
import Telemetry

/// What the process itself looks like: connections, answers, memory, the store's queues.
final class ProcessMetrics: Sendable {
    private let stores: Stores
    private let server = Mutex<Server?>(nil)

    init(stores: Stores) {
        self.stores = stores
    }

    /// The server is made after the routes that show it.
    func watch(_ server: Server) {
        self.server.withLock { $0 = server }
    }

    func families() -> [MetricFamily] {
        var families = storeFamilies()
        if let bytes = SystemSources.residentBytes() {
            families.append(
                MetricFamily(
                    "process_resident_memory_bytes", .gauge, help: "Resident memory.",
                    samples: [.init(Double(bytes))]))
        }
        if let limit = DescriptorLimit.current {
            families.append(
                MetricFamily(
                    "process_max_fds", .gauge, help: "Descriptors that may be open.",
                    samples: [.init(Double(limit.soft))]))
        }
        guard let counters = server.withLock({ $0 })?.counters else { return families }
        return families + Self.serverFamilies(counters)
    }

    private static func serverFamilies(_ counters: ServerCounters) -> [MetricFamily] {
        let classes = zip(["1xx", "2xx", "3xx", "4xx", "5xx"], counters.answers.dropFirst())
        return [
            MetricFamily(
                "signalbox_http_connections_open", .gauge, help: "Connections open now.",
                samples: [.init(Double(counters.connectionsOpen))]),
            MetricFamily(
                "signalbox_http_connections_accepted", .counter, help: "Connections accepted.",
                samples: [.init(Double(counters.connectionsAccepted))]),
            MetricFamily(
                "signalbox_http_connections_refused", .counter, help: "Connections refused at a limit.",
                samples: [.init(Double(counters.connectionsRefused))]),
            MetricFamily(
                "signalbox_http_answers", .counter, help: "Answers by class of status.",
                samples: classes.map { name, count in
                    .init(Double(count), labels: [(name: "class", value: name)])
                }),
            MetricFamily(
                "signalbox_http_clients_gone", .counter, help: "Clients that left before their answer.",
                samples: [.init(Double(counters.clientsGone))]),
        ] + ServerLoad(counters: counters).families + codingFamilies(counters)
    }

    private static func codingFamilies(_ counters: ServerCounters) -> [MetricFamily] {
        let bytes = [("before", counters.bytesBeforeCompression), ("after", counters.bytesAfterCompression)]
        return [
            MetricFamily(
                "signalbox_http_inputs_refused", .counter, help: "Refused for what it was: codings, proxies' words.",
                samples: RefusedInput.allCases.map {
                    .init(Double(counters.refused($0)), labels: [(name: "input", value: $0.name)])
                }),
            MetricFamily(
                "signalbox_http_bodies_expanded", .counter, help: "Compressed bodies of requests taken.",
                samples: [.init(Double(counters.bodiesExpanded))]),
            MetricFamily(
                "signalbox_http_answers_compressed", .counter, help: "Answers compressed.",
                samples: [.init(Double(counters.answersCompressed))]),
            MetricFamily(
                "signalbox_http_compression_bytes", .counter, help: "Bytes of those answers, before and after.",
                samples: bytes.map { side, count in
                    .init(Double(count), labels: [(name: "side", value: side)])
                }),
        ]
    }

    private func storeFamilies() -> [MetricFamily] {
        let files = [
            ("control", stores.control.statistics), ("telemetry", stores.telemetry.statistics),
            ("batch", stores.batch.statistics),
        ]
        func samples(_ value: (SQLiteStatistics) -> Double) -> [MetricFamily.Sample] {
            files.map { .init(value($0.1), labels: [(name: "file", value: $0.0)]) }
        }
        return [
            MetricFamily(
                "signalbox_store_write_queue_depth", .gauge, help: "Writes that wait.",
                samples: samples { Double($0.writeQueueDepth) }),
            MetricFamily(
                "signalbox_store_wal_bytes", .gauge, help: "Size of the write-ahead log.",
                samples: samples { Double($0.walBytes) }),
            MetricFamily(
                "signalbox_store_commits", .counter, help: "Transactions committed.",
                samples: samples { Double($0.commits) }),
            MetricFamily(
                "signalbox_store_rollbacks", .counter, help: "Transactions undone.",
                samples: samples { Double($0.rollbacks) }),
        ]
    }
}

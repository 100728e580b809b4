import Batch
import Telemetry

/// What batches have done, and do now.
struct BatchMetrics {
    let runner: BatchRunner
    let room: StorageRoom
    let storage: StorageWatch

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
                "signalbox_batch_lanes_held", .gauge,
                help: "Models of batches whose requests get no answers just now, by what holds them up.",
                samples: runner.lanesHeld.map { reason, count in
                    .init(Double(count), labels: [(name: "reason", value: reason)])
                }),
            MetricFamily(
                "signalbox_batches_running", .gauge, help: "Batches that are worked on.",
                samples: [.init(Double(runner.batchesRunning))]),
            MetricFamily(
                "signalbox_batches_ended", .counter, help: "Batches by the status that they ended in.",
                samples: counters.ended.sorted { $0.key < $1.key }.map { status, count in
                    .init(Double(count), labels: [(name: "status", value: status)])
                }),
        ] + storageFamilies
    }

    private var storageFamilies: [MetricFamily] {
        let (reading, refused) = (storage.latest, room.refused)
        var families = [
            MetricFamily(
                "signalbox_batch_stored_bytes", .gauge, help: "Files, requests and answers, of all projects.",
                samples: [.init(Double(reading.bytes))]),
            MetricFamily(
                "signalbox_batch_largest_project_bytes", .gauge,
                help: "Files, requests and answers, of the project that has most.",
                samples: [.init(Double(reading.largestProjectBytes))]),
            MetricFamily(
                "signalbox_batch_storage_refused", .counter,
                help: "Uploads and batches that were refused for want of room, by the bound.",
                samples: StorageRoom.Bound.allCases.map {
                    .init(Double(refused[$0] ?? 0), labels: [(name: "bound", value: $0.rawValue)])
                }),
            MetricFamily(
                "signalbox_batch_lines_without_room", .counter,
                help: "Requests of batches that were not asked, since their project had no room for the answers.",
                samples: [.init(Double(room.linesRefused))]),
            MetricFamily(
                "signalbox_batches_held", .gauge,
                help: "Batches of a restored backup that wait for somebody to resume or cancel them.",
                samples: [.init(Double(reading.held))]),
            MetricFamily(
                "signalbox_batches_unfinished", .gauge, help: "Batches that are not finished, worked on or not.",
                samples: [.init(Double(reading.unfinished))]),
        ]
        if let free = room.diskFreeBytes {
            families.append(
                MetricFamily(
                    "signalbox_batch_disk_free_bytes", .gauge, help: "Free on the disk that holds files and batches.",
                    samples: [.init(Double(free))]))
        }
        return families
    }
}

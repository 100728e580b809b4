/// Where a run stands. The last three are final.
enum ProbeRunState: String, Sendable, CaseIterable {
    case queued, running, done, failed, cancelled
}

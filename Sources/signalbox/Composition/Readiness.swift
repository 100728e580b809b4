import Synchronization

/// Whether traffic should come here, and if not, why.
final class Readiness: Sendable {
    private let reason = Mutex<String?>("starting")

    /// nil when ready.
    var obstacle: String? {
        reason.withLock { $0 }
    }

    func set(obstacle: String?) {
        reason.withLock { $0 = obstacle }
    }
}

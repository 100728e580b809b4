import HTTP
import Synchronization

/// Whether callers need all that there is, as batches ask before each of their requests.
final class LiveTraffic: Sendable {
    private let inferencesMax: Int
    private let server = Mutex<Server?>(nil)

    /// - Parameter inferencesMax: so many of callers running leave no room.
    init(inferencesMax: Int) { self.inferencesMax = inferencesMax }

    /// The server is made after what asks.
    func watch(_ server: Server) { self.server.withLock { $0 = server } }

    var needsAll: Bool {
        guard let counters = server.withLock({ $0 })?.counters else { return false }
        return counters.shedShare > 0 || counters.inferencesRunning >= inferencesMax
    }
}

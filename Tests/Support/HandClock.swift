package import Domain
import Synchronization

/// A clock that stands still until it is moved: 2026-01-31T09:05:00.250Z at first.
package final class HandClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_769_850_300_250)

    package init() {}

    package var now: Timestamp {
        Timestamp(milliseconds: milliseconds.withLock { $0 })
    }

    package func advance(milliseconds delta: Int64) {
        milliseconds.withLock { $0 += delta }
    }
}

import Synchronization

/// A value that is read by every loop and replaced whole. Readers copy a reference under a lock that is held for a few
/// nanoseconds and never across I/O; nobody sees half of a change.
package final class Snapshot<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    package init(_ value: Value) {
        self.value = Mutex(value)
    }

    package var current: Value {
        value.withLock { $0 }
    }

    package func replace(with value: Value) {
        // The old value is let go outside of the lock: freeing a large table takes long.
        let old = self.value.withLock { current in
            let old = current
            current = value
            return old
        }
        withExtendedLifetime(old) {}
    }
}

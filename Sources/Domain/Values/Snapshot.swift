import Synchronization

/// A value that is read by every loop and replaced whole. Readers copy a reference under a lock that is held for a few
/// nanoseconds and never across I/O; nobody sees half of a change.
package final class Snapshot<Value: Sendable>: @unchecked Sendable {
    // @unchecked: `value` is touched under the lock alone. Inside of it, the lock's type would be looked up at every
    // reading, which cost more than the reading.
    private let lock = Mutex(())
    private var value: Value

    package init(_ value: Value) {
        self.value = value
    }

    package var current: Value {
        lock.withLock { _ in value }
    }

    package func replace(with value: Value) {
        // The old value is let go outside of the lock: freeing a large table takes long.
        let old = lock.withLock { _ in
            let old = self.value
            self.value = value
            return old
        }
        withExtendedLifetime(old) {}
    }
}

import Synchronization

/// What the writer counts and anybody may read.
final class SQLiteCounters: Sendable {
    let commits = Atomic<UInt64>(0)
    let rollbacks = Atomic<UInt64>(0)
    let checkpoints = Atomic<UInt64>(0)
    let checkpointFailures = Atomic<UInt64>(0)
    let walPages = Atomic<Int>(0)
}

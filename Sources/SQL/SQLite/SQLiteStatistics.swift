/// What a SQLite file is doing, for metrics.
package struct SQLiteStatistics: Sendable, Equatable {
    /// Writes waiting now.
    package var writeQueueDepth: Int
    /// Reads waiting now.
    package var readQueueDepth: Int
    /// Bytes of the write-ahead log that hold frames not yet reset.
    package var walBytes: Int
    /// Transactions committed since the file was opened; so are the counts below.
    package var commits: UInt64
    /// Transactions undone, by an error of the body or of COMMIT.
    package var rollbacks: UInt64
    /// Times that the log was moved into the file, as far as readers allowed.
    package var checkpoints: UInt64
    /// Checkpoints that a reader held up, or the disk refused. The log keeps what they could not move.
    package var checkpointFailures: UInt64

    /// All zero unless given.
    package init(
        writeQueueDepth: Int = 0, readQueueDepth: Int = 0, walBytes: Int = 0, commits: UInt64 = 0,
        rollbacks: UInt64 = 0, checkpoints: UInt64 = 0, checkpointFailures: UInt64 = 0
    ) {
        self.writeQueueDepth = writeQueueDepth
        self.readQueueDepth = readQueueDepth
        self.walBytes = walBytes
        self.commits = commits
        self.rollbacks = rollbacks
        self.checkpoints = checkpoints
        self.checkpointFailures = checkpointFailures
    }
}

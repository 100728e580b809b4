/// How a SQLite file is opened.
package struct SQLiteOptions: Sendable {
    /// When a commit is on the disk.
    package enum Synchronous: String, Sendable {
        /// A commit is on the disk before it is acknowledged.
        case full = "FULL"
        /// A power cut may lose the last commits, never consistency.
        case normal = "NORMAL"
    }

    /// A path, never a URI.
    package var path: String
    /// Reader threads, each with a connection; at least one.
    package var readers: Int
    /// Whether an acknowledged commit survives a power cut; it survives the end of the process either way.
    package var synchronous: Synchronous
    /// How long a statement waits for another process's lock, in milliseconds.
    package var busyTimeoutMilliseconds: Int
    /// The writer checkpoints, after it has answered, when the write-ahead log is this many pages long.
    package var walAutocheckpointPages: Int
    /// How long the writer waits for the reads that run when the log is eight times as long as that, in milliseconds:
    /// writes wait behind it, and further reads.
    package var readerWaitMilliseconds = 100
    /// Page cache of the writer, in KiB.
    package var pageCacheKiB: Int
    /// Page cache of each reader, in KiB. Behind it is the kernel's; a large one goes on filling for hours, which looks
    /// like a leak.
    package var readerCacheKiB = 256
    /// The file grows to no more pages than this (4 KiB each); what would is refused with `SQLError.diskFull`.
    package var pageCountMax: Int?
    /// Writes that may wait; one more is refused with `SQLError.queueFull`.
    package var writeQueueMax: Int
    /// Reads that may wait, over all readers.
    package var readQueueMax: Int
    /// Prepared statements kept by each connection.
    package var statementCacheMax: Int
    /// The name of a registered SQLite VFS; nil is the system's. Tests put one with faults here.
    package var vfs: String?

    /// The defaults are those of control data: every commit synced.
    package init(
        path: String, readers: Int = 2, synchronous: Synchronous = .full, busyTimeoutMilliseconds: Int = 5000,
        walAutocheckpointPages: Int = 1000, pageCacheKiB: Int = 2048, pageCountMax: Int? = nil,
        writeQueueMax: Int = 4096, readQueueMax: Int = 4096, statementCacheMax: Int = 128, vfs: String? = nil
    ) {
        self.path = path
        self.readers = readers
        self.synchronous = synchronous
        self.busyTimeoutMilliseconds = busyTimeoutMilliseconds
        self.walAutocheckpointPages = walAutocheckpointPages
        self.pageCacheKiB = pageCacheKiB
        self.pageCountMax = pageCountMax
        self.writeQueueMax = writeQueueMax
        self.readQueueMax = readQueueMax
        self.statementCacheMax = statementCacheMax
        self.vfs = vfs
    }
}

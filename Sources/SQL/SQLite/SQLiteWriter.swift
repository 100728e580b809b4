import CSQLite
import Glibc
import Synchronization

/// The one connection of a file that writes and checkpoints.
///
/// Debian's SQLite 3.40.1 has the WAL-reset defect that 3.51.3 fixed: two connections that write or checkpoint the same
/// file at the same instant can corrupt it. So one connection does both; readers are opened read-only, with query_only,
/// without automatic checkpoints and without the one at closing; and mmap stays off, which keeps readers from seeing
/// pages of the file change under a mapping.
final class SQLiteWriter: SQLiteContext {
    let connection: SQLiteConnection
    let pageSize: Int
    private let counters: SQLiteCounters
    private let checkpointPages: Int
    private let busyTimeoutMilliseconds: Int32
    private let readerWaitMilliseconds: Int
    let readerGate = SQLiteReaderGate()
    /// Length of the log, in pages, at the last attempt to checkpoint: a reader can hold a checkpoint up, and then it
    /// is tried again only after as many pages more.
    private var attemptedAt = 0
    /// The length from which on readers are kept out for a checkpoint.
    private var shutAt: Int

    init(_ connection: SQLiteConnection, _ options: SQLiteOptions, _ counters: SQLiteCounters) throws {
        self.connection = connection
        self.counters = counters
        checkpointPages = max(options.walAutocheckpointPages, 1)
        busyTimeoutMilliseconds = Int32(clamping: options.busyTimeoutMilliseconds)
        readerWaitMilliseconds = options.readerWaitMilliseconds
        shutAt = 8 * checkpointPages
        pageSize = try connection.first("PRAGMA page_size", []) { try $0.int(0) } ?? 4096
        // The log is cut to this size when it is reset, so that one large transaction does not hold the disk for ever.
        try connection.run("PRAGMA journal_size_limit = \(2 * checkpointPages * pageSize)")
        sqlite3_wal_hook(
            connection.handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                // Unretained: the counters outlive the connection, which the writer owns beside them.
                let counters = Unmanaged<SQLiteCounters>.fromOpaque(context).takeUnretainedValue()
                counters.walPages.store(Int(pages), ordering: .relaxed)
                return SQLITE_OK
            }, Unmanaged.passUnretained(counters).toOpaque())
    }

    var interruption: SQLiteInterruption { connection.interruption }

    /// BEGIN IMMEDIATE, the body, COMMIT, then the hooks. Whatever throws leaves nothing behind, a failed COMMIT
    /// included.
    func transact<T>(_ body: (any Transaction) throws -> T) throws -> T {
        let session = SQLiteSession(connection)
        defer { session.end() }
        if connection.inTransaction { try connection.control("ROLLBACK") }
        try connection.control("BEGIN IMMEDIATE")
        let result: T
        do {
            result = try body(session)
            if let doom = session.doom { throw doom }
            try connection.control("COMMIT")
        } catch {
            rollBack()
            throw error
        }
        counters.commits.add(1, ordering: .relaxed)
        session.end()
        for hook in session.hooks { hook() }
        return result
    }

    /// SQLite has rolled back already after a full disk or an I/O error; a ROLLBACK then would itself be an error.
    private func rollBack() {
        counters.rollbacks.add(1, ordering: .relaxed)
        guard connection.inTransaction else { return }
        // It undoes in memory and cannot fail for want of space; if it did, the next transaction tries again.
        try? connection.control("ROLLBACK")
    }

    // MARK: Checkpoints

    /// Once, before the first job: a process that was killed leaves its log behind, and a file that is mostly read
    /// would be read through it until enough is written. What fails here is counted, and tried again by the next one.
    func recover() { _ = try? checkpoint(SQLITE_CHECKPOINT_PASSIVE) }

    /// Called between jobs, so that no caller waits for it: moves the log into the file when it has grown long enough.
    func maintain() {
        let pages = counters.walPages.load(ordering: .relaxed)
        if pages < attemptedAt {
            attemptedAt = 0
            shutAt = 8 * checkpointPages
        }
        guard pages >= attemptedAt + checkpointPages else { return }
        attemptedAt = pages
        let left = (try? checkpoint(SQLITE_CHECKPOINT_PASSIVE)) ?? pages
        // Readers that follow one another without a gap let all be copied, and never the log be reset. Where much is
        // left, one of them has a snapshot for long, and to keep the others out would be in vain.
        guard pages >= shutAt, left <= 8 * checkpointPages else { return }
        let wasAlone = readerGate.shut(waitingAtMost: readerWaitMilliseconds) {
            // Who reads from another process holds its snapshot for as long as it likes: not waited for.
            sqlite3_busy_timeout(connection.handle, 0)
            defer { sqlite3_busy_timeout(connection.handle, busyTimeoutMilliseconds) }
            _ = try? checkpoint(SQLITE_CHECKPOINT_RESTART)
        }
        // A read that lasts is not to stop everybody each time that the log has grown a little.
        if !wasAlone { shutAt = 2 * pages }
    }

    /// Throws `busy` when a reader held it up, `diskFull` when the file could not grow: the log keeps everything, and a
    /// later checkpoint goes on.
    /// - Returns: pages of the log that could not be copied yet.
    @discardableResult
    func checkpoint(_ mode: Int32) throws -> Int {
        var (length, copied) = (Int32(0), Int32(0))
        let code = sqlite3_wal_checkpoint_v2(connection.handle, nil, mode, &length, &copied)
        guard code == SQLITE_OK else {
            counters.checkpointFailures.add(1, ordering: .relaxed)
            throw SQLError(connection.handle, code: code, sql: "checkpoint")
        }
        counters.checkpoints.add(1, ordering: .relaxed)
        if mode == SQLITE_CHECKPOINT_TRUNCATE {
            counters.walPages.store(0, ordering: .relaxed)
            attemptedAt = 0
        }
        return Int(length - copied)
    }
}

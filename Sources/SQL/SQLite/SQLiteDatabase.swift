import CSQLite
import Glibc
import Synchronization

/// A SQLite file: one writer thread, a few reader threads, each with a connection of its own. Every call suspends; none
/// blocks the caller's thread.
package final class SQLiteDatabase: Database {
    private let writes: SQLiteQueue<SQLiteWriter>
    private let reads: SQLiteQueue<SQLiteConnection>
    private let counters = SQLiteCounters()
    private let readersGone: SQLiteDeparture
    private let writerGone: SQLiteDeparture
    private let pageSize: Int

    /// Opens or makes the file, checks that it is ours and not newer than `migrations`, applies what is pending, and
    /// starts the threads. Blocks: call it at start, not on a loop. Throws `SQLError`.
    package init(_ options: SQLiteOptions, migrations: [Migration]) throws {
        let connection = try Self.open(options, migrations)
        let writer = try SQLiteWriter(connection, options, counters)
        pageSize = writer.pageSize
        writes = SQLiteQueue(capacity: options.writeQueueMax)
        reads = SQLiteQueue(capacity: options.readQueueMax)
        let readers = try (0..<max(options.readers, 1)).map { _ in try SQLiteConnection(options, role: .reader) }
        readersGone = SQLiteDeparture(threads: readers.count)
        writerGone = SQLiteDeparture(threads: 1)
        do throws(SQLError) {
            try start(writer)
            for (index, reader) in readers.enumerated() { try start(reader, index, writer.readerGate) }
        } catch {
            reads.close()
            writes.close()
            throw error
        }
    }

    deinit {
        reads.close()
        writes.close()
    }

    private static func open(_ options: SQLiteOptions, _ migrations: [Migration]) throws -> SQLiteConnection {
        let isNew = makeFile(options.path)
        let connection = try SQLiteConnection(options, role: .writer)
        let migrator = try SQLiteMigrator(connection, migrations)
        try migrator.check()
        let mode = try connection.first("PRAGMA journal_mode = WAL", []) { try $0.text(0) }
        guard mode == "wal" else {
            let message = "write-ahead logging is not to be had here (a network file system?)"
            throw SQLError.other(code: SQLITE_CANTOPEN, message: message, sql: "PRAGMA journal_mode = WAL")
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        try migrator.migrate(now: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
        if isNew { syncDirectory(of: options.path) }
        return connection
    }

    /// Makes the file for its owner alone (keys and prompts are in it); SQLite gives the log the same mode.
    private static func makeFile(_ path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        Glibc.close(descriptor)
        return true
    }

    /// A new file's name has to survive a power cut as its content does.
    private static func syncDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Glibc.close(descriptor)
    }

    // The threads hold the queues and not the database: one that is dropped without close() ends them in deinit.
    private func start(_ writer: SQLiteWriter) throws(SQLError) {
        let (queue, gone) = (writes, writerGone)
        try SQLiteThread.start(named: "sql-writer") {
            writer.recover()
            while let job = queue.pop() {
                job.run(on: writer)
                writer.maintain()
            }
            writer.connection.close()
            gone.leave()
        }
    }

    private func start(
        _ reader: SQLiteConnection, _ index: Int, _ gate: SQLiteReaderGate
    ) throws(SQLError) {
        let (queue, gone) = (reads, readersGone)
        try SQLiteThread.start(named: "sql-reader-\(index)") {
            while let job = queue.pop() { gate.pass { job.run(on: reader) } }
            reader.close()
            gone.leave()
        }
    }

    // MARK: Database

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> T
    ) async throws -> T {
        try await onReader { try $0.snapshot(body) }
    }

    @discardableResult
    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        try await onWriter { try $0.transact(body) }
    }

    package func close() async {
        // Readers first: the writer, closing last, checkpoints and removes the log.
        reads.close()
        await readersGone.wait()
        writes.close()
        await writerGone.wait()
    }

    private func onReader<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await SQLiteTicket(isInterruptible: true, body).value(from: reads)
    }

    private func onWriter<T: Sendable>(_ body: @escaping @Sendable (SQLiteWriter) throws -> T) async throws -> T {
        try await SQLiteTicket(isInterruptible: false, body).value(from: writes)
    }

    // MARK: Operations

    /// Moves the whole log into the file and empties it. Throws `busy` when a reader held it up for the busy timeout.
    package func checkpoint() async throws {
        _ = try await onWriter { try $0.checkpoint(SQLITE_CHECKPOINT_TRUNCATE) }
    }

    /// What is wrong with the file, at most a hundred lines; empty when it is whole. Reads all of it.
    package func integrityCheck() async throws -> [String] {
        try await onReader { connection in
            try connection.interruption.during { try connection.damage() }
        }
    }

    /// What the threads are doing, at no cost to them.
    package var statistics: SQLiteStatistics {
        let pages = counters.walPages.load(ordering: .relaxed)
        return SQLiteStatistics(
            writeQueueDepth: writes.depth, readQueueDepth: reads.depth,
            // A frame is a page with a header of 24 bytes, the log has one of 32 (fileformat2.html, section 4.1).
            walBytes: pages == 0 ? 0 : 32 + pages * (pageSize + 24),
            commits: counters.commits.load(ordering: .relaxed), rollbacks: counters.rollbacks.load(ordering: .relaxed),
            checkpoints: counters.checkpoints.load(ordering: .relaxed),
            checkpointFailures: counters.checkpointFailures.load(ordering: .relaxed))
    }
}

import Domain
import Glibc
import SQL
import Synchronization

/// The file itself: made, opened, thrown away.
extension AnswerFile {
    private static let pageBytes = 4_096
    private static let suffixes = ["", "-wal", "-shm", "-journal"]

    /// Opens the file, or begins a new one where it is of no use. Blocks for as long as that takes: not on a loop.
    package func open() async {
        let former = state.withLock { state in
            defer { state.isBroken = false }
            return (database: state.database.take(), isBroken: state.isBroken)
        }
        // Before another is opened: closing removes the log by its name.
        await former.database?.close()
        guard !former.isBroken || discard("it was damaged") else {
            // What has to go is not given for being there still.
            return state.withLock { $0.isBroken = true }
        }
        guard !isTooLarge || discard("it is larger than it may be") else { return }
        for isLast in [false, true] {
            do {
                return try await begin(opened())
            } catch {
                guard !isLast, Self.isDamage(error) else { return failed(error) }
                state.withLock { $0.statistics.failures += 1 }
                guard discard("\(error)") else { return }
            }
        }
    }

    private func opened() throws -> SQLiteDatabase {
        var options = SQLiteOptions(path: path, readers: 1, synchronous: .normal)
        // Nobody else has any business with it, and the start and purges wait for it.
        options.busyTimeoutMilliseconds = 250
        options.pageCountMax = bytesMax / Self.pageBytes
        options.pageCacheKiB = 512
        options.readerCacheKiB = 512
        options.readQueueMax = 256
        options.writeQueueMax = 64
        options.statementCacheMax = 32
        options.vfs = vfs
        return try SQLiteDatabase(options, migrations: migrations)
    }

    private func begin(_ database: SQLiteDatabase) async throws {
        let found: (holdings: [String: ArchiveHolding], latest: Timestamp?)
        do {
            found = try await database.read { (try HoldingLedger.all(in: $0), try ArchiveTurn.latest(in: $0)) }
        } catch {
            await database.close()
            throw error
        }
        state.withLock { state in
            if let latest = found.latest { state.saw(latest) }
            // A clock that was seen to go back while this process ran is so still.
            _ = look(&state)
            state.holdings = found.holdings
            state.isTroubleTold = false
            state.database = database
        }
    }

    /// Whether the file itself is at fault, and not the disk, a lock or a lack of memory.
    static func isDamage(_ error: any Error) -> Bool {
        switch error as? SQLError {
        case .corrupt, .newerThanBinary, .migration, .column, .constraint: true
        // SQLITE_ERROR of statements that are right: the schema is not ours. SQLITE_NOTADB: it is another program's.
        case .other(let code, _, _): [1, 26].contains(code & 0xff)
        default: false
        }
    }

    // MARK: Throwing away

    /// A bound that was larger once: a file never shrinks.
    private var isTooLarge: Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && Int(facts.st_size) > bytesMax
            && (try? Self.isOurs(path)) == true
    }

    /// - Returns: whether there is none any more.
    private func discard(_ reason: String) -> Bool {
        guard access(path, F_OK) == 0 else { return true }
        do {
            if try Self.isOurs(path) {
                try Self.remove(path)
                report(.thrownAway(reason))
            } else {
                report(.setAside(reason, at: try setAside()))
            }
        } catch {
            failed(error)
            return false
        }
        state.withLock { $0.statistics.discarded += 1 }
        return true
    }

    /// With what belongs to it: it is somebody's.
    private func setAside() throws -> String {
        let place = path + ".aside"
        for suffix in Self.suffixes {
            guard rename(path + suffix, place + suffix) == 0 || errno == ENOENT else {
                throw FileError("put aside", path + suffix)
            }
        }
        return place
    }

    /// Removes the file, where it is one of ours: no answer is given from it any more. One that is open goes with its
    /// last reader.
    /// - Throws: `FileError`.
    package static func remove(_ path: String) throws {
        guard try isOurs(path) else { return }
        // The file before its log: without the log it has what was purged last; a log without its file has nothing, and
        // SQLite deletes it (pager.c, pagerOpenWalIfPresent).
        for suffix in suffixes {
            guard unlink(path + suffix) == 0 || errno == ENOENT else { throw FileError("remove", path + suffix) }
        }
        try FileSync.sync(path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".")
    }

    /// Whether the header says so: its first words, and who made it (fileformat2.html, section 1.3).
    /// - Throws: `FileError` where nobody can tell, such as for want of descriptors.
    static func isOurs(_ path: String) throws(FileError) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return false }
            throw FileError("open", path)
        }
        defer { Glibc.close(descriptor) }
        var header = [UInt8](repeating: 0, count: 72)
        let count = pread(descriptor, &header, header.count, 0)
        guard count >= 0 || errno == EISDIR else { throw FileError("read", path) }
        guard count == header.count else { return false }
        return header.starts(with: "SQLite format 3\0".utf8) && header[68...].elementsEqual("SGBX".utf8)
    }
}

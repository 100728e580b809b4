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
        if former.isBroken { discard("it was damaged") }
        if isTooLarge { discard("it is larger than it may be") }
        for isLast in [false, true] {
            do {
                return try await begin(opened())
            } catch {
                guard !isLast, Self.isDamage(error) else { return failed(error) }
                state.withLock { $0.statistics.failures += 1 }
                discard("\(error)")
            }
        }
    }

    private func opened() throws -> SQLiteDatabase {
        var options = SQLiteOptions(path: path, readers: 1, synchronous: .normal)
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
        let now = clock.now()
        let found: (holdings: [String: ArchiveHolding], latest: Timestamp?)
        do {
            found = try await database.read { (try HoldingLedger.all(in: $0), try ArchiveTurn.latest(in: $0)) }
        } catch {
            await database.close()
            throw error
        }
        state.withLock { state in
            if let latest = found.latest { _ = state.tellsAges(at: latest) }
            // A clock that was seen to go back while this process ran is so still.
            _ = state.tellsAges(at: now)
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
        return stat(path, &facts) == 0 && Int(facts.st_size) > bytesMax && Self.isOurs(path)
    }

    private func discard(_ reason: String) {
        guard access(path, F_OK) == 0 else { return }
        state.withLock { $0.statistics.discarded += 1 }
        guard Self.isOurs(path) else {
            let place = path + ".aside"
            guard rename(path, place) == 0 else {
                return report(.failed("\(path) is not ours and cannot be moved: \(String(cString: strerror(errno)))"))
            }
            for suffix in Self.suffixes.dropFirst() { unlink(path + suffix) }
            return report(.setAside(reason, at: place))
        }
        do {
            try Self.remove(path)
            report(.thrownAway(reason))
        } catch {
            report(.failed("\(error)"))
        }
    }

    /// Removes the file, where it is one of ours: no answer is given from it any more. One that is open goes with its
    /// last reader.
    /// - Throws: `FileError`.
    package static func remove(_ path: String) throws {
        guard isOurs(path) else { return }
        for suffix in suffixes.reversed() {
            guard unlink(path + suffix) == 0 || errno == ENOENT else { throw FileError("remove", path + suffix) }
        }
    }

    /// Whether the header says so: its first words, and who made it (fileformat2.html, section 1.3).
    static func isOurs(_ path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        var header = [UInt8](repeating: 0, count: 72)
        guard pread(descriptor, &header, header.count, 0) == header.count else { return false }
        return header.starts(with: "SQLite format 3\0".utf8) && header[68...].elementsEqual("SGBX".utf8)
    }
}

import CSQLite
import Glibc

extension SQLiteInspection {
    /// Pages copied before the caller is told (16 MiB): often enough to show progress, seldom enough to cost nothing.
    private static let slice: Int32 = 4096

    /// Copies the snapshot that is held, or the moment of the call, into a new file that needs no log beside it, and
    /// syncs it; the file is made for its owner alone. `progress` is told the pages copied and all pages.
    ///
    /// SQLite's backup interface starts over whenever another connection writes to a source that holds no snapshot;
    /// within one it runs through, however busy the server is. `VACUUM INTO` would need to write through this very
    /// connection, and builds every index anew.
    package func copy(to target: String, progress: (_ done: Int, _ all: Int) throws -> Void = { _, _ in }) throws {
        let isOwnSnapshot = !holdsSnapshot
        try hold()
        defer { if isOwnSnapshot { release() } }
        let descriptor = open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(errno, "make", target) }
        defer { Glibc.close(descriptor) }
        try copyPages(to: target, progress)
        try Self.detach(target)
        guard fsync(descriptor) == 0 else { throw Self.failure(errno, "sync", target) }
    }

    private func copyPages(to target: String, _ progress: (Int, Int) throws -> Void) throws {
        let copy = try SQLiteConnection(SQLiteOptions(path: target), role: .writer)
        defer { copy.close() }
        // A copy that is not finished is thrown away: neither a journal nor a sync before the end is of use to it.
        try copy.run("PRAGMA journal_mode = OFF")
        try copy.run("PRAGMA synchronous = OFF")
        guard let backup = sqlite3_backup_init(copy.handle, "main", connection.handle, "main") else {
            throw SQLError(copy.handle, code: sqlite3_extended_errcode(copy.handle), sql: "backup")
        }
        var code = SQLITE_OK
        do {
            while code == SQLITE_OK {
                code = sqlite3_backup_step(backup, Self.slice)
                let all = Int(sqlite3_backup_pagecount(backup))
                try progress(all - Int(sqlite3_backup_remaining(backup)), all)
            }
        } catch {
            sqlite3_backup_finish(backup)
            throw error
        }
        let ended = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, ended == SQLITE_OK else {
            throw SQLError(copy.handle, code: ended == SQLITE_OK ? code : ended, sql: "backup")
        }
    }

    /// The header that was copied says that there is a log; a copy has none, so that it is one file and can be opened
    /// where nothing may be written.
    private static func detach(_ target: String) throws {
        let copy = try SQLiteConnection(SQLiteOptions(path: target), role: .writer)
        defer { copy.close() }
        let mode = try copy.first("PRAGMA journal_mode = DELETE", []) { try $0.text(0) }
        guard mode == "delete" else {
            throw SQLError.other(code: SQLITE_CANTOPEN, message: "the copy keeps its log", sql: "PRAGMA journal_mode")
        }
    }

    private static func failure(_ code: Int32, _ deed: String, _ path: String) -> SQLError {
        if code == ENOSPC || code == EDQUOT { return .diskFull }
        return .other(
            code: SQLITE_CANTOPEN, message: "cannot \(deed) \(path): \(String(cString: strerror(code)))", sql: "")
    }
}

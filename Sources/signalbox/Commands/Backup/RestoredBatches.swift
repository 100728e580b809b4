import Batch
import Domain
import FoundationEssentials
import Glibc
import Logging
import SQL

/// Batches of a data directory that were under way in a file that is put back, or beside one. What they had not been
/// answered then may have been answered since, or be nothing that the other files know: the next start holds them,
/// unless the operator says that they go on.
struct RestoredBatches {
    /// What a restore leaves word of: the content of the mark.
    enum Word: String {
        /// As an older version leaves it, and takes whatever it finds there.
        case hold = ""
        /// Those too that an earlier restore held.
        case resume
    }

    /// One that would be asked.
    struct Batch: Equatable {
        let id: String
        let project: String
        let status: String
        /// Requests that it has, 0 while they are not counted, and those that have an answer.
        let total: Int
        let answered: Int

        var text: String {
            let state = status == "validating" ? "not begun" : "\(answered) of \(total) requests answered"
            return "\(id) (project \(project)): \(state)"
        }
    }

    let directory: String

    init(_ directory: String) { self.directory = directory }

    private var mark: String { directory + "/" + DataDirectory.holdMark }
    private var file: BackupFile { BackupFile(DataDirectory.batchFile, in: directory) }

    /// What a restore has left word of, and no start has seen to; nil for nothing. What cannot be read is no leave to
    /// ask.
    var due: Word? {
        guard access(mark, F_OK) == 0 else { return nil }
        return (try? String(contentsOfFile: mark, encoding: .utf8)).flatMap { Word(rawValue: $0) } ?? .hold
    }

    /// Leaves the word, in a directory that becomes this one's content.
    /// - Throws: `FileError`.
    static func leave(_ word: Word, in place: String) throws {
        let path = place + "/" + DataDirectory.holdMark
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("make", path) }
        defer { close(descriptor) }
        let text = Array(word.rawValue.utf8)
        guard write(descriptor, text, text.count) == text.count else { throw FileError("write", path) }
    }

    private func removeMark() throws {
        guard unlink(mark) == 0 || errno == ENOENT else { throw FileError("remove", mark) }
        try FileSync.sync(directory)
    }

    /// At the start, before anything is asked: holds them, or lets them go on.
    /// - Throws: `StartFailure`: to go on would ask what is to be held.
    func see(to database: any Database, log: Logger) async throws {
        guard let due else { return }
        do {
            let count =
                switch due {
                case .hold: try await BatchHold.holdUnfinished(in: database, at: SystemSources.clock.now())
                case .resume: try await BatchHold.resumeHeld(in: database)
                }
            try removeMark()
            guard count > 0 else { return }
            switch due {
            case .hold:
                log.warning(
                    "batches that were under way are held since the restore: resume or cancel them",
                    metadata: ["batches": "\(count)"])
            case .resume:
                log.info("batches that were held go on since the restore", metadata: ["batches": "\(count)"])
            }
        } catch {
            throw StartFailure.start("cannot see to the batches of the restored \(file.path): \(error)")
        }
    }

    // MARK: What there is, read from the file

    /// Those that would be asked, the oldest first; empty where there is no file.
    /// - Throws: `StartFailure` that names the file.
    static func underWay(in file: BackupFile) throws -> [Batch] {
        try batches(in: file, areHeld: false)
    }

    /// Those that are held.
    /// - Throws: `StartFailure` that names the file.
    func held() throws -> [Batch] { try Self.batches(in: file, areHeld: true) }

    private static func batches(in file: BackupFile, areHeld: Bool) throws -> [Batch] {
        guard file.exists else { return [] }
        let inspection = try file.open()
        defer { inspection.close() }
        return try file.named {
            // A file of an older version has no such column, and one of none at all no such table.
            let tables = try inspection.query("SELECT sql FROM sqlite_schema WHERE name = 'batches'") {
                try $0.text(0)
            }
            guard let table = tables.first, !areHeld || table.contains("held_at") else { return [] }
            return try inspection.query(
                """
                SELECT id, project_id, status, total, completed + failed FROM batches
                WHERE status IN ('validating', 'in_progress')\(areHeld ? " AND held_at IS NOT NULL" : "") ORDER BY id
                """
            ) { row in
                Batch(
                    id: try row.text(0), project: try row.text(1), status: try row.text(2), total: try row.int(3),
                    answered: try row.int(4))
            }
        }
    }
}

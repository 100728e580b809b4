import Domain
import Glibc
import REST
import SQL
import Synchronization

/// What files and answers may take: so many bytes of each project, and never the last of the disk. What does not fit is
/// refused by the name of its bound; what was answered is kept, whatever the bound.
package final class StorageRoom: Sendable {
    /// Why something was refused.
    package enum Bound: String, Sendable, CaseIterable {
        /// `batch.project_bytes_max`
        case project
        /// `batch.free_bytes_min`
        case disk
    }

    private let projectBytesMax: Int
    private let freeBytesMin: Int
    private let freeBytes: @Sendable () -> Int?
    private let refusals = Mutex<[Bound: Int]>([:])
    private let refusedLines = Atomic<Int>(0)

    private static let code = "storage_limit_reached"
    /// Less than any line of an answer has.
    static let answerBytesMin = 128

    /// - Parameter freeBytes: on the disk that holds `batch.sqlite`; nil where nobody can say.
    package init(_ settings: BatchSettings, freeBytes: @escaping @Sendable () -> Int? = { nil }) {
        projectBytesMax = settings.projectBytesMax
        freeBytesMin = settings.freeBytesMin
        self.freeBytes = freeBytes
    }

    /// Uploads and batches that were refused, by the bound.
    package var refused: [Bound: Int] { refusals.withLock { $0 } }
    /// Requests of batches that were not asked, since their project had no room for the answers.
    package var linesRefused: Int { refusedLines.load(ordering: .relaxed) }

    /// Bytes that are free to those who are not root on the file system of a path; nil where it cannot be asked.
    package static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }

    // MARK: The disk

    /// Bytes that are free; nil where nobody can say.
    package var diskFreeBytes: Int? { freeBytes() }

    /// Whether the disk has less left than is to stay free: then nothing is taken, and no line begins until there is
    /// more.
    package var isDiskLow: Bool {
        guard freeBytesMin > 0, let free = freeBytes() else { return false }
        return free < freeBytesMin
    }

    /// - Throws: `Problem`.
    func checkDisk() throws {
        guard isDiskLow else { return }
        note(.disk)
        throw Problem(
            status: 507, title: "Insufficient storage",
            detail: "fewer than \(freeBytesMin) bytes (batch.free_bytes_min) are free on the disk: files and batches "
                + "are taken again when there are more")
    }

    // MARK: A project's bytes

    /// What was written just now stands only where this does not throw.
    /// - Throws: `Problem`.
    func checkUpload(of project: String, in transaction: any Transaction) throws {
        guard try ProjectUsage.of(project, in: transaction).bytes > projectBytesMax else { return }
        note(.project)
        throw Problem(
            status: 413, title: "Too much stored",
            detail: "the project's files and answers would be more than \(projectBytesMax) bytes "
                + "(batch.project_bytes_max): delete some",
            errors: [FieldError("file", "has no room")])
    }

    /// A batch that nothing can be answered of is not made.
    /// - Throws: `Problem`.
    func checkBatch(_ usage: ProjectUsage) throws {
        guard usage.bytes + Self.answerBytesMin > projectBytesMax else { return }
        note(.project)
        throw Problem(
            status: 413, title: "Too much stored",
            detail: "the project's files and answers have \(usage.bytes) of \(projectBytesMax) bytes "
                + "(batch.project_bytes_max): there is no room for answers, delete some files",
            errors: [FieldError("input_file_id", "has no room for its answers")])
    }

    /// What is said of a batch whose answers cannot all have room, whatever they will be; nil where they may.
    /// - Parameter lines: that it has, and that have no answer yet.
    func fault(_ project: String, lines: Int, in connection: any Connection) throws -> LineFault? {
        let usage = try ProjectUsage.of(project, in: connection)
        guard usage.bytes + lines * Self.answerBytesMin > projectBytesMax else { return nil }
        note(.project)
        return LineFault(
            Self.code,
            "The answers of its \(lines) requests have no room: the project's files and answers have \(usage.bytes) of "
                + "\(projectBytesMax) bytes (batch.project_bytes_max). Nothing was asked: delete files, and make the "
                + "batch again.")
    }

    /// Asked before each line: those that are being asked then are kept, however large they are.
    func hasRoom(_ project: String, in connection: any Connection) throws -> Bool {
        try ProjectUsage.of(project, in: connection).bytes + Self.answerBytesMin <= projectBytesMax
    }

    /// What a line gets that is not asked for want of room, and with it its batch.
    func refusal(of line: BatchLine, in batch: String) -> AnswerLine {
        refusedLines.add(1, ordering: .relaxed)
        let fault = LineFault(
            Self.code,
            "The project's files and answers fill the \(projectBytesMax) bytes that they may have "
                + "(batch.project_bytes_max): requests of this batch were not asked. Delete files, and send those of "
                + "the error file again.", line: line.number)
        var answer = AnswerLine(batch: batch, line, unasked: fault.code, fault.message)
        answer.ofBatch = fault
        return answer
    }

    private func note(_ bound: Bound) { refusals.withLock { $0[bound, default: 0] += 1 } }
}

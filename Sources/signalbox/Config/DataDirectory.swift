import Glibc
import SQL

/// Where the files live; held for the life of the process, so that no second one writes to them.
struct DataDirectory {
    let path: String
    private let lock: DataDirectoryLock

    /// Makes the directory when it is absent.
    /// - Throws: `StartFailure` with exit code 1.
    init(_ path: String) throws {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw StartFailure.start("cannot make the data directory \(path): \(String(cString: strerror(errno)))")
        }
        do throws(DataDirectoryLockError) {
            lock = try DataDirectoryLock(directory: path)
        } catch {
            throw StartFailure.start(error.description)
        }
        do {
            // A restore that was cut short after it had become due: before anybody opens a file.
            try StagedFiles(into: path).finish()
        } catch {
            throw StartFailure.start("cannot finish the restore in \(path): \(error)")
        }
    }

    static let controlFile = "control.sqlite"
    static let telemetryFile = "telemetry.sqlite"
    static let batchFile = "batch.sqlite"
    /// There since a restore, until the next start has seen to the batches of the file: see `RestoredBatches`.
    static let holdMark = batchFile + ".hold"
    /// In the order of a backup's manifest; one that an older version made has the first two.
    static let files = [controlFile, telemetryFile, batchFile]
    /// May be thrown away, and is no part of a backup: what it says of revisions may not hold for restored ones.
    static let cacheFile = "cache.sqlite"

    var control: String { path + "/" + Self.controlFile }
    var telemetry: String { path + "/" + Self.telemetryFile }
    var batch: String { path + "/" + Self.batchFile }
}

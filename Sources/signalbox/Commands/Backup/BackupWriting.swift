import Domain
import FoundationEssentials
import Glibc
import JSON
import SQL

/// Makes one backup: all files as of one moment, each opened and checked, and the manifest; complete or not there.
struct BackupWriting {
    let source: String
    let target: String
    let masterKeyMark: String?
    let now: Timestamp

    /// - Throws: `StartFailure`; nothing is left behind.
    func run(progress: (String) -> Void) throws -> BackupManifest {
        let parent = Self.parent(of: target)
        let partial = target + ".partial-\(getpid())"
        guard mkdir(partial, 0o700) == 0 else {
            throw StartFailure.start("\(FileError("make", partial))")
        }
        do {
            let manifest = try fill(partial, progress)
            guard rename(partial, target) == 0 else {
                let code = errno
                throw StartFailure.start(
                    code == ENOTEMPTY || code == EEXIST || code == ENOTDIR
                        ? "\(target) is there already and not empty"
                        : "cannot make \(target): \(String(cString: strerror(code)))")
            }
            try FileSync.sync(parent)
            return manifest
        } catch {
            Self.remove(partial)
            throw error as? StartFailure ?? StartFailure.start("\(error)")
        }
    }

    private func fill(_ partial: String, _ progress: (String) -> Void) throws -> BackupManifest {
        let control = try BackupFile(DataDirectory.controlFile, in: source).open()
        defer { control.close() }
        let telemetry = try BackupFile(DataDirectory.telemetryFile, in: source).open()
        defer { telemetry.close() }
        // A server of a version before batches has made no such file.
        let place = BackupFile(DataDirectory.batchFile, in: source)
        let batch = place.exists ? try place.open() : nil
        defer { batch?.close() }
        // Batches and telemetry name what control holds, so their moments come first: what they name is then in the
        // other file. The small file is copied first, so that no snapshot is held for longer than it must be.
        try batch?.hold()
        try telemetry.hold()
        try control.hold()
        let held = [
            (control, DataDirectory.controlFile), (telemetry, DataDirectory.telemetryFile),
            (batch, DataDirectory.batchFile),
        ]
        let inspections = held.compactMap { inspection, name in inspection.map { ($0, name) } }
        for (inspection, name) in inspections {
            let file = BackupFile(name, in: source)
            try file.named { try inspection.copy(to: partial + "/" + name) }
            inspection.close()
            progress("copied \(file.path)")
        }
        let files = try inspections.map { _, name in
            let file = BackupFile(name, in: partial)
            let schema = try file.verify()
            return BackupManifest.File(
                name: name, bytes: file.bytes ?? 0, schema: schema, sha256: try FileDigest.sha256(file.path))
        }
        let manifest = BackupManifest(
            version: Signalbox.version, createdAt: now, masterKeyMark: masterKeyMark, files: files)
        try Self.write(manifest.json.encoded(pretty: true) + [UInt8(ascii: "\n")], to: partial + "/manifest.json")
        try FileSync.sync(partial)
        return manifest
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("make", path) }
        defer { close(descriptor) }
        // A manifest is a few hundred bytes, which a file system takes whole or not at all.
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw FileError("write", path) }
        guard fsync(descriptor) == 0 else { throw FileError("sync", path) }
    }

    private static func remove(_ directory: String) {
        for name in (try? DirectoryListing.names(in: directory)) ?? [] { unlink(directory + "/" + name) }
        rmdir(directory)
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

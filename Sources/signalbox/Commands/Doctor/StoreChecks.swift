import SQL

/// One database file: its schema, whether it is whole, and its log.
struct StoreChecks {
    let file: BackupFile
    let isRunning: Bool

    /// The writer resets its log at 1,000 pages (4 MiB) unless a reader holds it up, and cuts the file to twice that.
    /// A single large transaction may be longer for a while.
    private static let logBytesMax = 64 << 20

    func findings() -> [Finding] {
        guard file.exists else {
            return [
                .warning(
                    file.name, "there is no such file", do: "start the server once to make it, or restore a backup")
            ]
        }
        var findings = [log()]
        do {
            let inspection = try SQLiteInspection(file.path)
            defer { inspection.close() }
            findings.insert(schema(try inspection.schemaVersion(file.migrations)), at: 0)
            // Beside a server a table at a time: no snapshot of the whole file keeps its log from being reset.
            let damage = isRunning ? try inspection.damageByTable() : try inspection.damage()
            findings.append(integrity(damage))
        } catch {
            findings.insert(failure(error), at: 0)
        }
        return findings
    }

    private func schema(_ version: Int) -> Finding {
        let newest = file.migrations.last?.version ?? 0
        guard version < newest else { return .ok("\(file.name) schema", "version \(version)") }
        return .warning(
            "\(file.name) schema", "version \(version), this binary brings \(newest)",
            do: "make a backup, then start the server with this binary or run `signalbox migrate`")
    }

    private func integrity(_ damage: [String]) -> Finding {
        guard let first = damage.first else { return .ok("\(file.name) integrity", "whole") }
        return .problem(
            "\(file.name) integrity", "\(damage.count) findings, first: \(first)",
            do: "stop the server, keep a copy of the directory, and `signalbox restore` the last good backup")
    }

    private func log() -> Finding {
        let bytes = BackupFile.size(file.path + "-wal") ?? 0
        let text = "\(bytes) bytes"
        guard bytes > Self.logBytesMax else { return .ok("\(file.name) log", text) }
        return .warning(
            "\(file.name) log", text + (isRunning ? "" : ", left by a process that was killed"),
            do: isRunning
                ? "end what holds a long read (a backup, a sqlite3 shell), and see that the disk is not full"
                : "start the server: it moves the log into the file")
    }

    private func failure(_ error: any Error) -> Finding {
        switch error as? SQLError {
        case .newerThanBinary?, .migration?:
            .problem("\(file.name) schema", "\(error)", do: "use the binary that wrote it, or a newer one")
        case .corrupt?:
            .problem(
                "\(file.name) integrity", "\(error)",
                do: "stop the server, keep a copy of the directory, and `signalbox restore` the last good backup")
        default:
            .problem("\(file.name)", "\(error)", do: "see that the file can be read by this user, and is signalbox's")
        }
    }
}

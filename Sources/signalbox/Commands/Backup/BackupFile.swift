import Glibc
import Migrations
import SQL

/// One database file of a backup or of a data directory, as the commands look at it.
struct BackupFile {
    let path: String
    let name: String

    init(_ name: String, in directory: String) {
        self.name = name
        path = directory + "/" + name
    }

    /// The migrations that this binary knows for the file.
    var migrations: [Migration] {
        switch name {
        case DataDirectory.controlFile: Migrations.control
        case DataDirectory.batchFile: Migrations.batch
        default: Migrations.telemetry
        }
    }

    var exists: Bool { access(path, F_OK) == 0 }

    /// - Throws: `StartFailure` that names the file.
    func open() throws -> SQLiteInspection {
        guard exists else { throw StartFailure.start("there is no \(path)") }
        return try named { try SQLiteInspection(path) }
    }

    /// Opens the file by itself and reads all of it.
    /// - Returns: the version of its schema, at least 1.
    /// - Throws: `StartFailure` when it is damaged, empty, or of another program or a newer version.
    func verify() throws -> Int {
        let inspection = try open()
        defer { inspection.close() }
        return try named {
            let schema = try inspection.schemaVersion(migrations)
            guard schema > 0 else { throw StartFailure.start("\(path) holds no schema") }
            let damage = try inspection.damage()
            guard damage.isEmpty else {
                throw StartFailure.start("\(path) is damaged: \(damage.prefix(3).joined(separator: "; "))")
            }
            return schema
        }
    }

    /// - Returns: nil when there is no such file.
    var bytes: Int? { Self.size(path) }

    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// What a file refuses becomes one line with its name.
    func named<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let failure as StartFailure {
            throw failure
        } catch {
            throw StartFailure.start("\(path): \(error)")
        }
    }
}

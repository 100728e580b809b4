import Domain
import FoundationEssentials
import Glibc
import JSON
import SQL

/// `manifest.json` of a backup: what is in it, and by what it is known to be whole.
struct BackupManifest: Equatable {
    struct File: Equatable {
        let name: String
        let bytes: Int
        /// Version of the newest migration.
        let schema: Int
        let sha256: String
    }

    static let name = "manifest.json"
    static let format = 1

    let version: String
    let createdAt: Timestamp
    /// See `MasterKeyPlace.mark`; nil where the key was not to be had.
    let masterKeyMark: String?
    let files: [File]

    init(version: String, createdAt: Timestamp, masterKeyMark: String?, files: [File]) {
        self.version = version
        self.createdAt = createdAt
        self.masterKeyMark = masterKeyMark
        self.files = files
    }

    var json: JSONValue {
        [
            "format": .integer(Int64(Self.format)), "signalbox": .string(version),
            "created_at": .string(createdAt.text), "master_key_mark": masterKeyMark.map(JSONValue.string) ?? .null,
            "files": .array(
                files.map { file in
                    [
                        "name": .string(file.name), "bytes": .integer(Int64(file.bytes)),
                        "schema": .integer(Int64(file.schema)), "sha256": .string(file.sha256),
                    ]
                }),
        ]
    }

    /// - Throws: `StartFailure` that names the field.
    init(_ json: JSONValue) throws {
        guard json["format"]?.intValue == Self.format else {
            throw Self.refused("format", "\(Self.format); a newer signalbox made the backup, or something else")
        }
        guard let version = json["signalbox"]?.stringValue else { throw Self.refused("signalbox", "a version") }
        guard let moment = json["created_at"]?.stringValue.flatMap({ Timestamp(parsing: $0) }) else {
            throw Self.refused("created_at", "a moment in RFC 3339")
        }
        // Without batches: made by a version before them.
        guard let files = json["files"]?.arrayValue,
            (DataDirectory.files.count - 1...DataDirectory.files.count).contains(files.count)
        else { throw Self.refused("files", "\(DataDirectory.files.count) files") }
        self.version = version
        createdAt = moment
        masterKeyMark = json["master_key_mark"]?.stringValue
        self.files = try files.enumerated().map { index, file in
            // A name is never a path: it becomes one beside the data.
            guard let name = file["name"]?.stringValue, name == DataDirectory.files[index] else {
                throw Self.refused("files/\(index)/name", DataDirectory.files[index])
            }
            guard let bytes = file["bytes"]?.intValue, bytes > 0 else {
                throw Self.refused("files/\(index)/bytes", "a size")
            }
            guard let schema = file["schema"]?.intValue, schema > 0 else {
                throw Self.refused("files/\(index)/schema", "a version")
            }
            guard let digest = file["sha256"]?.stringValue, digest.utf8.count == 64 else {
                throw Self.refused("files/\(index)/sha256", "64 hexadecimal digits")
            }
            return File(name: name, bytes: bytes, schema: schema, sha256: digest)
        }
    }

    /// - Throws: `StartFailure`.
    static func read(from directory: String) throws -> BackupManifest {
        let path = directory + "/" + name
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw StartFailure.start("\(directory) is no finished backup: there is no \(name) to read in it")
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: text)
        } catch {
            throw StartFailure.start("\(path): \(error.reason) at byte \(error.offset)")
        }
        return try BackupManifest(json)
    }

    private static func refused(_ field: String, _ expected: String) -> StartFailure {
        .start("\(name): \(field): expected \(expected)")
    }
}

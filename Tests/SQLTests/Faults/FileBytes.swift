import Glibc
import SQL

/// Whole files, read and written.
enum FileBytes {
    static func of(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw FileError("open", path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    /// Gives what was copied.
    static func copy(_ from: String, to target: String) throws -> [UInt8] {
        let bytes = try of(from)
        guard let file = fopen(target, "w") else { throw FileError("make", target) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw FileError("write", target) }
        return bytes
    }
}

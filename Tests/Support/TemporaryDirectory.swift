import Glibc

/// A directory of its own for one test, removed with all that is in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
    /// Absolute, without a slash at the end.
    package let path: String

    /// Made under `TMPDIR`, or where the system keeps such. Throws `TemporaryDirectoryError`.
    package init(_ label: String = "signalbox") throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(parent)/\(label).XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TemporaryDirectoryError(errno: errno, path: parent) }
        path = String(cString: made)
    }

    /// The path of a file in it; nothing is made.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        Self.empty(path)
        rmdir(path)
    }

    /// Links are removed, not followed. What cannot be removed stays: a test has nothing better to do about it.
    private static func empty(_ path: String) {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            let child = "\(path)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) {
                empty(child)
                rmdir(child)
            } else {
                unlink(child)
            }
        }
    }
}

import Glibc

/// A directory of its own for one test, removed with all that is in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
    /// Absolute, without a slash at the end.
    package let path: String

    /// Made under `TMPDIR`, or `/tmp`. Throws `TemporaryDirectoryError`.
    package init(_ label: String = "signalbox") throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/\(label).XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TemporaryDirectoryError(errno: errno, path: parent) }
        path = String(cString: made)
    }

    /// The path of a file in it; nothing is made.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        // FTW_DEPTH: what is inside goes before what holds it; FTW_PHYS: links are removed, not followed.
        nftw(
            path, { entry, _, _, _ in entry.map { remove($0) } ?? 0 }, 16, Int32(FTW_DEPTH.rawValue | FTW_PHYS.rawValue)
        )
    }
}

/// Why there is no temporary directory.
package struct TemporaryDirectoryError: Error, CustomStringConvertible {
    let errno: Int32
    let path: String

    package var description: String { "no temporary directory in \(path): \(String(cString: strerror(errno)))" }
}

import Glibc

/// Why there is no temporary directory.
package struct TemporaryDirectoryError: Error, CustomStringConvertible {
    let errno: Int32
    let path: String

    /// For people: where, and why not.
    package var description: String { "no temporary directory in \(path): \(String(cString: strerror(errno)))" }
}

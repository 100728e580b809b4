import Glibc

/// What the system refused to do with a file.
package struct FileError: Error, Equatable, CustomStringConvertible {
    /// "make", "rename", …
    package let deed: String
    package let path: String
    /// errno
    package let code: Int32

    /// Right after the call that failed: it takes errno.
    package init(_ deed: String, _ path: String) {
        code = errno
        self.deed = deed
        self.path = path
    }

    package var description: String { "cannot \(deed) \(path): \(String(cString: strerror(code)))" }
}

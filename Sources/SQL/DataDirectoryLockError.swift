/// Why a data directory could not be taken.
package enum DataDirectoryLockError: Error, Equatable, CustomStringConvertible {
    /// Another process has it; nil when that one has not yet written its pid.
    case held(path: String, pid: Int32?)
    case unusable(path: String, reason: String)

    package var description: String {
        switch self {
        case .held(let path, let pid):
            "the data directory is in use by \(pid.map { "process \($0)" } ?? "another process") (lock file \(path))"
        case .unusable(let path, let reason): "cannot use the lock file \(path): \(reason)"
        }
    }
}

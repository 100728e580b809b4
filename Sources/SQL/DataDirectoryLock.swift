import Glibc

/// Holds a data directory for one process: flock(2) on `<directory>/signalbox.lock`, which the kernel lets go of when
/// the process ends, however it ends. The file holds the pid of the holder, for people to read, and stays.
package final class DataDirectoryLock: Sendable {
    /// The lock file.
    package let path: String
    private let descriptor: Int32

    /// Throws `DataDirectoryLockError`. The directory must exist.
    package init(directory: String) throws(DataDirectoryLockError) {
        path = Self.path(in: directory)
        // Every property has its value from here on, so what throws below runs deinit: it closes, and nothing else may.
        // O_NOFOLLOW: the file is written to, so it must not be somebody's link to another.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
        guard Self.lock(descriptor) == 0 else {
            let code = errno
            guard code == EWOULDBLOCK else { throw .unusable(path: path, reason: String(cString: strerror(code))) }
            throw .held(path: path, pid: Self.holder(descriptor))
        }
        ftruncate(descriptor, 0)
        let line = Array("\(getpid())\n".utf8)
        pwrite(descriptor, line, line.count, 0)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether a process holds the directory now, for those that only want to know: nothing is made or written, and the
    /// lock is not kept.
    package static func isHeld(_ directory: String) -> Bool {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return lock(descriptor, LOCK_SH) != 0 && errno == EWOULDBLOCK
    }

    /// The process that took the directory last: the holder, while `isHeld`.
    package static func lastHolder(_ directory: String) -> Int32? {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return holder(descriptor)
    }

    private static func path(in directory: String) -> String {
        directory.hasSuffix("/") ? directory + "signalbox.lock" : directory + "/signalbox.lock"
    }

    private static func lock(_ descriptor: Int32, _ kind: Int32 = LOCK_EX) -> Int32 {
        while true {
            let code = flock(descriptor, kind | LOCK_NB)
            guard code != 0, errno == EINTR else { return code }
        }
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

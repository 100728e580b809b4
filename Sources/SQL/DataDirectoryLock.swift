import Glibc

/// Holds a data directory for one process: flock(2) on `<directory>/signalbox.lock`, which the kernel lets go of when
/// the process ends, however it ends. The file holds the pid of the holder, for people to read, and stays.
package final class DataDirectoryLock: Sendable {
    /// The lock file.
    package let path: String
    private let descriptor: Int32

    /// Throws `DataDirectoryLockError`. The directory must exist.
    package init(directory: String) throws(DataDirectoryLockError) {
        path = directory.hasSuffix("/") ? directory + "signalbox.lock" : directory + "/signalbox.lock"
        // O_NOFOLLOW: the file is written to, so it must not be somebody's link to another.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
        guard Self.lock(descriptor) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw .unusable(path: path, reason: String(cString: strerror(code))) }
            throw .held(path: path, pid: Self.holder(descriptor))
        }
        ftruncate(descriptor, 0)
        let line = Array("\(getpid())\n".utf8)
        pwrite(descriptor, line, line.count, 0)
    }

    deinit { close(descriptor) }

    private static func lock(_ descriptor: Int32) -> Int32 {
        while true {
            let code = flock(descriptor, LOCK_EX | LOCK_NB)
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

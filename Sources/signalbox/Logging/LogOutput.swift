import Glibc
import Logging
import Synchronization

/// Standard error, one whole line per write, and the level that all loggers follow: SIGHUP may change it.
final class LogOutput: Sendable {
    private let levelValue: Mutex<Logger.Level>

    init(level: Logger.Level) {
        levelValue = Mutex(level)
    }

    var level: Logger.Level {
        get { levelValue.withLock { $0 } }
        set { levelValue.withLock { $0 = newValue } }
    }

    func write(_ line: [UInt8]) {
        // The buffer is valid for the call. Pipes take lines of up to 4 KiB whole (PIPE_BUF).
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

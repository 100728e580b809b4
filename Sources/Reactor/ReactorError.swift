import Glibc

/// A system call of the event loop that failed.
package struct ReactorError: Error, Sendable, CustomStringConvertible {
    /// The call, such as `epoll_ctl`.
    package let call: String
    /// Its errno.
    package let code: Int32

    /// Captures errno; use it directly after the call.
    init(_ call: String) {
        self.call = call
        self.code = errno
    }

    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

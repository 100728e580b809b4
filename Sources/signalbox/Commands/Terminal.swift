import Glibc

/// What commands print for people. Logs go through the logger.
enum Terminal {
    static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// One line on standard error.
    static func complain(_ line: String) {
        let text = line.hasSuffix("\n") ? line : line + "\n"
        // The pointer is valid for the call, and a short write to a terminal is not worth a retry.
        _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }

    /// Part of a longer work: the same line again on a terminal, a line of its own in a pipe.
    static func progress(_ line: String, isLast: Bool, overwrites: Bool) {
        print(overwrites ? "\r\u{1B}[K" + line : line, terminator: overwrites && !isLast ? "" : "\n")
        fflush(nil)
    }

    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

import Glibc
import Synchronization

/// SIGTERM, SIGINT and SIGHUP as values. A handler writes the number into a pipe, and a thread of its own reads it
/// there.
///
/// Blocking them and waiting with sigwait(3) does not do: the main thread of an asynchronous `main` ends in
/// libdispatch's sigsuspend(2) with nothing blocked, so the kernel would give the signal to it, and the process would
/// die of it.
enum Signals {
    enum Event: Sendable {
        case terminate, reload
    }

    private static let numbers = [SIGTERM, SIGINT, SIGHUP]
    /// Where the handler writes; -1 until there is a pipe.
    private static let writeEnd = Atomic<Int32>(-1)

    private static func mask() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }

    /// Before the first thread is made: threads inherit the mask, so no work of ours is interrupted.
    static func blockInEveryThread() {
        signal(SIGPIPE, SIG_IGN)
        var set = mask()
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Signals from now on. The second SIGTERM or SIGINT ends the process at once.
    static func events() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream<Event>.makeStream()
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            continuation.finish()
            return stream
        }
        writeEnd.store(ends[1], ordering: .sequentiallyConsistent)
        let box = Unmanaged.passRetained(Receiver(continuation, readEnd: ends[0]))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { context in
                // `events` handed over one retained receiver; this thread keeps it as long as it runs.
                guard let context else { return nil }
                Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, box.toOpaque())
        if failed != 0 { continuation.finish() }
        handle()
        return stream
    }

    private static func handle() {
        for number in numbers {
            var action = sigaction()
            // Only what signal-safety(7) allows: an atomic load and write(2).
            action.__sigaction_handler.sa_handler = { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Signals.writeEnd.load(ordering: .relaxed), &byte, 1)
                errno = saved
            }
            action.sa_flags = Int32(SA_RESTART)
            sigaction(number, &action, nil)
        }
    }

    private final class Receiver: Sendable {
        private let continuation: AsyncStream<Event>.Continuation
        private let readEnd: Int32

        init(_ continuation: AsyncStream<Event>.Continuation, readEnd: Int32) {
            self.continuation = continuation
            self.readEnd = readEnd
        }

        func run() {
            // Where no other thread takes them, this one does.
            var set = Signals.mask()
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
            var terminations = 0
            while true {
                var number: UInt8 = 0
                let count = read(readEnd, &number, 1)
                guard count == 1 else {
                    if count < 0, errno == EINTR { continue }
                    return continuation.finish()
                }
                if Int32(number) == SIGHUP {
                    continuation.yield(.reload)
                    continue
                }
                terminations += 1
                if terminations > 1 { _exit(1) }
                continuation.yield(.terminate)
            }
        }
    }
}

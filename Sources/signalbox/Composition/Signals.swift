import Glibc
import Synchronization

/// SIGTERM, SIGINT and SIGHUP as values. They are blocked in every thread and taken by one that waits for them, so no
/// code runs in a signal handler.
enum Signals {
    enum Event: Sendable {
        case terminate, reload
    }

    private static func mask() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, signal) }
        return set
    }

    /// Before the first thread is made: threads inherit the mask.
    static func blockInEveryThread() {
        signal(SIGPIPE, SIG_IGN)
        var set = mask()
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Signals from now on. The second SIGTERM or SIGINT ends the process at once.
    static func events() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream<Event>.makeStream()
        let box = Unmanaged.passRetained(Receiver(continuation))
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
        return stream
    }

    private final class Receiver: Sendable {
        private let continuation: AsyncStream<Event>.Continuation

        init(_ continuation: AsyncStream<Event>.Continuation) {
            self.continuation = continuation
        }

        func run() {
            var set = Signals.mask()
            var terminations = 0
            while true {
                var number: Int32 = 0
                guard sigwait(&set, &number) == 0 else { continue }
                if number == SIGHUP {
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

import CLinux
import Glibc
import Reactor
import Testing

/// How long what is ready has waited, as the loop tells it.
@Suite(.timeLimit(.minutes(1)))
struct QueueDelayTests {
    /// The delay that a turn tells which finds a descriptor ready after `work` had the loop.
    private func delay(_ loop: EventLoop, after work: @escaping @Sendable (_ makeReady: () -> Void) -> Void)
        async throws
        -> UInt64
    {
        var ends: [Int32] = [0, 0]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        let (near, far) = (ends[0], ends[1])
        defer {
            close(near)
            close(far)
        }
        return try await withCheckedThrowingContinuation { done in
            loop.execute {
                var registration: Registration?
                do {
                    registration = try loop.register(near, interest: .read) { _ in
                        registration?.cancel()
                        done.resume(returning: loop.queueDelay)
                    }
                } catch {
                    done.resume(throwing: error)
                }
                work { write(far, "x", 1) }
            }
        }
    }

    @Test func workOfTheTurnBeforeIsTheDelayOfWhatWaited() async throws {
        try await withLoop { loop in
            var found: UInt64 = 0
            // Bounded: a thread that loses its processor between two turns waits as well as works.
            for _ in 0..<50 where found < 5_000_000 {
                found = try await delay(loop) { makeReady in
                    makeReady()
                    let end = MonotonicInstant.now() + .milliseconds(10)
                    while MonotonicInstant.now() < end {}
                }
            }
            #expect(found >= 5_000_000)
        }
    }

    @Test func loopWithTimeToSpareHasNoDelay() async throws {
        try await withLoop { loop in
            var found = UInt64.max
            for _ in 0..<50 where found > 0 {
                found = try await withCheckedThrowingContinuation { done in
                    loop.execute {
                        // The loop sleeps until the timer: far longer than this took.
                        _ = loop.schedule(after: .milliseconds(20)) {
                            _ = loop.schedule(after: .milliseconds(20)) { done.resume(returning: loop.queueDelay) }
                        }
                    }
                }
            }
            #expect(found == 0)
        }
    }
}

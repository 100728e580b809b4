import Glibc

/// Milliseconds by the wall and of the process's CPU.
struct ProcessClock {
    let wall: Double
    let cpu: Double

    static func now() -> ProcessClock {
        ProcessClock(wall: read(CLOCK_MONOTONIC), cpu: read(CLOCK_PROCESS_CPUTIME_ID))
    }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1e6
    }
}

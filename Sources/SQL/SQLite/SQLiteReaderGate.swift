import Glibc

/// Lets the writer keep the readers of a database out for a moment: those that follow one another without a gap would
/// never let the log be emptied (sqlite.org/wal.html, "Avoiding Excessively Large WAL Files").
final class SQLiteReaderGate: @unchecked Sendable {  // Everything mutable is behind the mutex.
    // pthread's objects must not move: allocated here, freed in deinit.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var running = 0
    private var isShut = false

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Runs a read, when the gate is open.
    func pass(_ read: () -> Void) {
        pthread_mutex_lock(mutex)
        while isShut { pthread_cond_wait(changed, mutex) }
        running += 1
        pthread_mutex_unlock(mutex)
        read()
        pthread_mutex_lock(mutex)
        running -= 1
        if running == 0 { pthread_cond_broadcast(changed) }
        pthread_mutex_unlock(mutex)
    }

    /// Runs `work` when no read runs, or when `milliseconds` are over all the same; none begins meanwhile.
    /// - Returns: whether none ran.
    func shut(waitingAtMost milliseconds: Int, _ work: () -> Void) -> Bool {
        var limit = timespec()
        clock_gettime(CLOCK_MONOTONIC, &limit)
        limit.tv_sec += milliseconds / 1_000
        limit.tv_nsec += milliseconds % 1_000 * 1_000_000
        if limit.tv_nsec >= 1_000_000_000 {
            limit.tv_sec += 1
            limit.tv_nsec -= 1_000_000_000
        }
        pthread_mutex_lock(mutex)
        isShut = true
        while running > 0, pthread_cond_timedwait(changed, mutex, &limit) == 0 {}
        let isAlone = running == 0
        pthread_mutex_unlock(mutex)
        work()
        pthread_mutex_lock(mutex)
        isShut = false
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
        return isAlone
    }
}

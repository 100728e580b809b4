import Glibc

/// Shut until it is opened, then open for good. Waiting blocks its thread.
final class Gate: @unchecked Sendable {
    // @unchecked: a POSIX semaphore is made for many threads; the pointer never changes.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func open() {
        sem_post(semaphore)
    }

    func wait() {
        while sem_wait(semaphore) != 0, errno == EINTR {}
        sem_post(semaphore)
    }
}

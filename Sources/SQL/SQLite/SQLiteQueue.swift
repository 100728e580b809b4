import Glibc

/// A bounded queue between callers and the threads of a database: a mutex and a condition.
final class SQLiteQueue<Context>: @unchecked Sendable {  // Everything mutable is behind the mutex.
    // pthread's objects must not move: allocated here, freed in deinit.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let ready = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let capacity: Int
    private var jobs: [any SQLiteJob<Context>] = []
    private var head = 0
    private var isClosed = false

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(ready, nil)
    }

    deinit {
        pthread_cond_destroy(ready)
        pthread_mutex_destroy(mutex)
        ready.deallocate()
        mutex.deallocate()
    }

    /// Throws `queueFull` or `closed`; the job is then not kept.
    func push(_ job: any SQLiteJob<Context>) throws(SQLError) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { throw .closed }
        guard jobs.count - head < capacity else { throw .queueFull }
        jobs.append(job)
        pthread_cond_signal(ready)
    }

    /// Waits for a job; nil when the queue is closed and nothing is left in it.
    func pop() -> (any SQLiteJob<Context>)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while head == jobs.count {
            if isClosed { return nil }
            pthread_cond_wait(ready, mutex)
        }
        let job = jobs[head]
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 256, head * 2 >= jobs.count {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    /// Takes no more jobs; those accepted are still handed out.
    func close() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        pthread_cond_broadcast(ready)
    }

    /// Jobs that wait, cancelled ones included until their turn comes.
    var depth: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return jobs.count - head
    }
}

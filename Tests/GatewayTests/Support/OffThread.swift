import Glibc

/// Runs blocking work on a thread of its own, so that the tests' few cooperative threads stay free.
func offThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        spawnThread { continuation.resume(with: Result { try work() }) }
    }
}

func spawnThread(_ work: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(ThreadWork(work))
    let result = pthread_create(
        &thread, nil,
        { argument in
            // The box was retained for this thread alone.
            if let argument { Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().work() }
            return nil
        }, box.toOpaque())
    precondition(result == 0, "no thread to be had")
    pthread_detach(thread)
}

private final class ThreadWork {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) {
        self.work = work
    }
}

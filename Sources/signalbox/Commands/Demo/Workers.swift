import Glibc

/// Blocking work on threads of its own, awaited from tasks.
enum Workers {
    /// Runs `body` once on each of `count` threads and returns when all have ended.
    static func run(_ count: Int, _ body: @escaping @Sendable (_ index: Int) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                group.addTask { await thread { body(index) } }
            }
        }
    }

    /// Runs `body` on a new thread and returns what it gave.
    static func value<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            start { continuation.resume(with: Result(catching: body)) }
        }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            start {
                body()
                continuation.resume()
            }
        }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    private static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let failed = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                // Takes over the reference that `start` made.
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        if failed == 0 {
            pthread_detach(thread)
        } else {
            // No thread to be had: slower, but not lost.
            work.takeRetainedValue().body()
        }
    }
}

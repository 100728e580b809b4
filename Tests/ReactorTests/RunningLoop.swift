import Reactor
import Synchronization
import Testing

/// Runs `body` with a loop of its own that is ended and joined afterwards.
@discardableResult
func withLoop<Result>(_ body: (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop(name: "test")
    loop.start()
    defer {
        loop.stop()
        loop.join()
    }
    return try await body(loop)
}

extension EventLoop {
    /// Runs `work` on the loop and answers what it gives.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            execute { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}

/// What pieces of work on several threads note, in order.
final class Notes<Note: Sendable>: Sendable {
    private let notes = Mutex<[Note]>([])

    func add(_ note: Note) { notes.withLock { $0.append(note) } }
    var all: [Note] { notes.withLock { $0 } }
}

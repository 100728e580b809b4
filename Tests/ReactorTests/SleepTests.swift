import Reactor
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SleepTests {
    @Test func sleepLastsAtLeastItsDuration() async throws {
        try await withLoop { loop in
            let start = MonotonicInstant.now()
            try await loop.sleep(for: .milliseconds(12))
            #expect(start.duration(to: .now()) >= .milliseconds(12))
        }
    }

    @Test func cancelledSleepEndsAtOnce() async throws {
        try await withLoop { loop in
            let task = try await loop.run {
                Task.immediate(executorPreference: loop) {
                    do {
                        try await loop.sleep(for: .seconds(3600))
                        return false
                    } catch {
                        return error is CancellationError && loop.isCurrent
                    }
                }
            }
            task.cancel()
            let wasCancelled = await task.value
            #expect(wasCancelled)
        }
    }

    @Test func sleepOfACancelledTaskDoesNotBegin() async throws {
        try await withLoop { loop in
            let task = Task.immediate {
                withUnsafeCurrentTask { $0?.cancel() }
                try await loop.sleep(for: .seconds(3600))
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}

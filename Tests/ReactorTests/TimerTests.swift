import Glibc
import Reactor
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TimerTests {
    @Test func timersRunByDeadlineAndEqualOnesInOrderOfScheduling() async throws {
        let order = Notes<Int>()
        try await withLoop { loop in
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                loop.execute {
                    let start = loop.now()
                    _ = loop.schedule(at: start + .milliseconds(30)) {
                        order.add(4)
                        done.resume()
                    }
                    _ = loop.schedule(at: start + .milliseconds(10)) { order.add(2) }
                    _ = loop.schedule(at: start + .milliseconds(10)) { order.add(3) }
                    _ = loop.schedule(after: .zero) { order.add(1) }
                }
            }
        }
        #expect(order.all == [1, 2, 3, 4])
    }

    @Test func timerNeverRunsBeforeItsTime() async throws {
        let early = try await withLoop { loop in
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Duration, any Error>) in
                loop.execute {
                    let start = loop.now()
                    _ = loop.schedule(after: .milliseconds(7)) {
                        done.resume(returning: start.duration(to: loop.now()))
                    }
                }
            }
        }
        #expect(early >= .milliseconds(7))
    }

    @Test func cancelledTimersAreNotRunAndMostlyCancelledQueuesKeepTheRest() async throws {
        let ran = Notes<Int>()
        try await withLoop { loop in
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                loop.execute {
                    for number in 0..<1000 {
                        let token = loop.schedule(after: .milliseconds(5)) { ran.add(number) }
                        if number % 100 != 0 {
                            token.cancel()
                            token.cancel()
                        }
                    }
                    _ = loop.schedule(after: .milliseconds(20)) { done.resume() }
                }
            }
        }
        #expect(ran.all == [0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
    }

    @Test func timerMayCancelAnotherThatIsDueInTheSameTurn() async throws {
        let ran = Notes<String>()
        try await withLoop { loop in
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                loop.execute {
                    let start = loop.now()
                    var second: TimerToken?
                    _ = loop.schedule(at: start) {
                        ran.add("first")
                        second?.cancel()
                    }
                    second = loop.schedule(at: start) { ran.add("second") }
                    _ = loop.schedule(after: .milliseconds(5)) { done.resume() }
                }
            }
        }
        #expect(ran.all == ["first"])
    }

    /// Thousands of slow clients that came together meet their deadlines together.
    @Test func descriptorsGetTheirTurnBetweenManyTimersThatAreDueAtOnce() async throws {
        var ends: [Int32] = [0, 0]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        let (near, far) = (ends[0], ends[1])
        let ran = Notes<Int>()
        try await withLoop { loop in
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                loop.execute {
                    var registration: Registration?
                    registration = try? loop.register(near, interest: .read) { _ in
                        registration?.cancel()
                        ran.add(-1)
                    }
                    let start = loop.now()
                    for number in 0..<1_000 {
                        _ = loop.schedule(at: start) {
                            if number == 0 { write(far, "x", 1) }
                            ran.add(number)
                            if number == 999 { done.resume() }
                        }
                    }
                }
            }
        }
        let place = try #require(ran.all.firstIndex(of: -1))
        #expect(place < 100 && ran.all.filter { $0 >= 0 } == Array(0..<1_000))
        close(near)
        close(far)
    }

    @Test func instantsSaturateRatherThanTrap() {
        let late = MonotonicInstant(nanoseconds: .max)
        #expect(late + .seconds(1) == late)
        #expect(late + .seconds(Int64.max) == late)
        let start = MonotonicInstant(nanoseconds: 5)
        #expect(start + .seconds(-1) == MonotonicInstant(nanoseconds: 0))
        #expect(start + .nanoseconds(7) == MonotonicInstant(nanoseconds: 12))
        #expect(start.duration(to: MonotonicInstant(nanoseconds: 2)) == .nanoseconds(-3))
    }
}

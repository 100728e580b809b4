import CLinux
import Glibc
import Reactor
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RegistrationTests {
    /// Two ends of a stream.
    private func pair() -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        return (ends[0], ends[1])
    }

    @Test func readinessIsToldAgainUntilTheBytesAreRead() async throws {
        try await withLoop { loop in
            let (near, far) = pair()
            let calls = Notes<Readiness>()
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                loop.execute {
                    var registration: Registration?
                    registration = try? loop.register(near, interest: .read) { readiness in
                        calls.add(readiness)
                        guard calls.all.count == 3 else { return }
                        registration?.cancel()
                        done.resume()
                    }
                    write(far, "x", 1)
                }
            }
            #expect(calls.all == [.read, .read, .read])
            close(near)
            close(far)
        }
    }

    @Test func peerThatLeavesIsToldWhileReadingIsOff() async throws {
        try await withLoop { loop in
            let (near, far) = pair()
            let readiness = try await withCheckedThrowingContinuation {
                (done: CheckedContinuation<Readiness, any Error>) in
                loop.execute {
                    var registration: Registration?
                    registration = try? loop.register(near, interest: .peerClosed) { readiness in
                        registration?.cancel()
                        done.resume(returning: readiness)
                    }
                    write(far, "unread", 6)
                    shutdown(far, Int32(SHUT_WR))
                }
            }
            #expect(readiness.contains(.peerClosed) && !readiness.contains(.read))
            close(near)
            close(far)
        }
    }

    @Test func registrationCancelledByAnotherIsNotCalledForEventsFetchedAlready() async throws {
        try await withLoop { loop in
            let (first, firstFar) = pair()
            let (second, secondFar) = pair()
            let calls = Notes<Int>()
            try await loop.run {
                var registrations: [Registration] = []
                // Whichever is told first cancels both.
                for (number, descriptor) in [first, second].enumerated() {
                    registrations.append(
                        try loop.register(descriptor, interest: .read) { _ in
                            calls.add(number)
                            for registration in registrations { registration.cancel() }
                        })
                }
                write(firstFar, "x", 1)
                write(secondFar, "x", 1)
            }
            for _ in 0..<3 { try await loop.run {} }
            #expect(calls.all.count == 1)
            for descriptor in [first, firstFar, second, secondFar] { close(descriptor) }
        }
    }

    @Test func descriptorThatEpollRefusesIsAnError() async throws {
        try await withLoop { loop in
            await #expect(throws: ReactorError.self) {
                try await loop.run { _ = try loop.register(-1, interest: .read) { _ in } }
            }
        }
    }

    @Test func hookRunsBeforeTheLoopSleepsAndMayMakeWork() async throws {
        try await withLoop { loop in
            let order = Notes<String>()
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                loop.execute {
                    var isFirst = true
                    loop.beforeSleep {
                        guard isFirst else { return }
                        isFirst = false
                        order.add("hook")
                        loop.execute {
                            order.add("work of the hook")
                            done.resume()
                        }
                    }
                    order.add("work")
                }
            }
            #expect(order.all == ["work", "hook", "work of the hook"])
        }
    }
}

import Reactor
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExecutorTests {
    @Test func workFromManyThreadsRunsOnTheLoopAndInEachSendersOrder() async throws {
        try await withLoop { loop in
            let seen = Notes<(sender: Int, number: Int, onLoop: Bool)>()
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<4 {
                    group.addTask {
                        for number in 0..<500 {
                            loop.execute { seen.add((sender, number, loop.isCurrent)) }
                        }
                    }
                }
            }
            try await loop.run {}
            let all = seen.all
            #expect(all.count == 2000)
            #expect(all.allSatisfy { $0.onLoop })
            for sender in 0..<4 {
                #expect(all.filter { $0.sender == sender }.map(\.number) == Array(0..<500))
            }
        }
    }

    @Test func workSentFromTheLoopRunsLaterAndNotInsideTheCall() async throws {
        let order = Notes<String>()
        try await withLoop { loop in
            try await loop.run {
                loop.execute { order.add("sent") }
                order.add("sender")
            }
            try await loop.run {}
        }
        #expect(order.all == ["sender", "sent"])
    }

    @Test func currentLoopIsKnownOnItsThreadAlone() async throws {
        try await withLoop { loop in
            #expect(!loop.isCurrent)
            let isSame = try await loop.run { EventLoop.current === loop && loop.isCurrent }
            #expect(isSame)
        }
    }

    @Test func immediateTaskThatDoesNotSuspendIsOverWhenItsStartReturns() async throws {
        let order = Notes<String>()
        try await withLoop { loop in
            try await loop.run {
                Task.immediate(executorPreference: loop) {
                    await noted("handler", order)
                    order.add("end \(loop.isCurrent)")
                }
                order.add("after")
            }
        }
        #expect(order.all == ["handler", "end true", "after"])
    }

    @Test func taskComesBackToItsLoopFromElsewhere() async throws {
        try await withLoop { loop in
            let other = try EventLoop(name: "other")
            other.start()
            defer {
                other.stop()
                other.join()
            }
            // A default actor would run on the task's preferred executor (SE-0417); this one has another of its own.
            let elsewhere = OnLoop(loop: other)
            let places = Notes<Bool>()
            let task = try await loop.run {
                Task.immediate(executorPreference: loop) {
                    places.add(loop.isCurrent)
                    let away = await elsewhere.isOn(loop)
                    places.add(away)
                    places.add(loop.isCurrent)
                    try? await loop.sleep(for: .milliseconds(1))
                    places.add(loop.isCurrent)
                }
            }
            await task.value
            #expect(places.all == [true, false, true, true])
        }
    }

    @Test func actorOnTheLoopRunsThere() async throws {
        try await withLoop { loop in
            let actor = OnLoop(loop: loop)
            let isThere = await actor.isThere()
            #expect(isThere)
        }
    }

    @Test func loopThatStopsFinishesTheWorkItHas() async throws {
        let loop = try EventLoop(name: "stopping")
        let done = Notes<Int>()
        loop.start()
        for number in 0..<100 { loop.execute { done.add(number) } }
        loop.stop()
        loop.join()
        #expect(done.all == Array(0..<100))
    }

    private func noted(_ text: String, _ order: Notes<String>) async { order.add(text) }
}

private actor OnLoop {
    private let loop: EventLoop
    init(loop: EventLoop) { self.loop = loop }
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    func isThere() -> Bool { loop.isCurrent }
    func isOn(_ other: EventLoop) -> Bool { other.isCurrent }
}

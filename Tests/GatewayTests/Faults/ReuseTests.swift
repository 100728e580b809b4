import Domain
import Gateway
import Reactor
import Synchronization
import Testing

/// What is between two answers on one connection: nothing of it may reach the next caller.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ReuseTests {
    private static let good = ScriptedUpstream.plain(FaultTable.completion)
    private static let forged = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"forged\":true}"

    private static func rig(_ upstream: ScriptedUpstream) async throws -> Rig {
        try await Rig(
            [Rig.deployment("bot", [Rig.variant("v0", upstream.baseURL, weight: 100)])])
    }

    private static func expectGood(_ rig: Rig, _ count: Int) async {
        let outcomes = await rig.outcomes.first(count)
        #expect(outcomes.count == count)
        #expect(outcomes.allSatisfy { $0.status == .ok && $0.attempts.count == 1 })
    }

    @Test(
        arguments: [ReuseTests.forged, "x", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"])
    func bytesBehindAnAnswerAreNobodysAnswer(extra: String) async throws {
        let upstream = try ScriptedUpstream { _, index in Self.good + (index == 0 ? [.send(extra)] : []) }
        let rig = try await Self.rig(upstream)
        for _ in 0..<3 { #expect(try await rig.post().text == FaultTable.completion) }
        await Self.expectGood(rig, 3)
    }

    @Test(arguments: [true, false])
    func bytesBehindAnAnswerInTheSamePieceAreNobodysAnswer(isStream: Bool) async throws {
        let events = CutShape.stream.bytes
        let whole = (isStream ? events : CutShape.length.bytes) + Array(Self.forged.utf8)
        let upstream = try ScriptedUpstream { _, index in index == 0 ? [.bytes(whole)] : Self.good }
        let rig = try await Self.rig(upstream)
        #expect(try await rig.post(isStream ? Rig.streamed : Rig.question).isWhole)
        for _ in 0..<2 { #expect(try await rig.post().text == FaultTable.completion) }
        await Self.expectGood(rig, 3)
    }

    @Test
    func anAnswerToNobodyOnAnIdleConnectionIsNobodysAnswer() async throws {
        let (go, sent) = (Gate(), Gate())
        let upstream = try ScriptedUpstream { _, index in
            index == 0 ? Self.good + [.wait(go), .send(Self.forged), .open(sent)] : Self.good
        }
        let rig = try await Self.rig(upstream)
        #expect(try await rig.post().text == FaultTable.completion)
        go.open()
        try await offThread { sent.wait() }
        #expect(try await rig.post().text == FaultTable.completion)
        await Self.expectGood(rig, 2)
    }

    /// The forged answer and the next request come in one turn of the loop, the request first: when it is served the
    /// connection looks idle, and is not.
    @Test
    func anAnswerThatIsThereBeforeItsRequestIsNobodysAnswer() async throws {
        let (go, sent, isHeld, release) = (Gate(), Gate(), Gate(), Gate())
        let upstream = try ScriptedUpstream { _, index in
            index == 0 ? Self.good + [.wait(go), .send(Self.forged), .open(sent)] : Self.good
        }
        let rig = try await Self.rig(upstream)
        let caller = try await Caller.connect(port: rig.port)
        defer { caller.socket.close() }
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        #expect(try await caller.answer().text == FaultTable.completion)
        Rig.loops[0].execute {
            isHeld.open()
            release.wait()
        }
        try await offThread { isHeld.wait() }
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        go.open()
        try await offThread { sent.wait() }
        release.open()
        #expect(try await caller.answer().text == FaultTable.completion)
        await Self.expectGood(rig, 2)
    }

    @Test(arguments: [ScriptedUpstream.Step.close, .reset, .halfClose])
    func aConnectionThatEndedWhileItLayIdleIsReplaced(end: ScriptedUpstream.Step)
        async throws
    {
        let upstream = try ScriptedUpstream { _, index in Self.good + (index % 2 == 0 ? [end] : []) }
        let rig = try await Self.rig(upstream)
        for _ in 0..<6 { #expect(try await rig.post().text == FaultTable.completion) }
        #expect(upstream.requests.count == 6)
        await Self.expectGood(rig, 6)
    }

    @Test(arguments: [ScriptedUpstream.Step.close, .reset, .halfClose])
    func aConnectionThatEndsUnderARequestIsTriedAgainOnce(
        end: ScriptedUpstream.Step
    ) async throws {
        let upstream = try ScriptedUpstream { _, index in index == 1 ? [end] : Self.good }
        let rig = try await Self.rig(upstream)
        for _ in 0..<2 { #expect(try await rig.post().text == FaultTable.completion) }
        #expect(upstream.requests.count == 3)
        #expect(upstream.connections == 2)
        await Self.expectGood(rig, 2)
    }

    @Test(arguments: [ScriptedUpstream.Step.close, .reset])
    func aNewConnectionThatEndsIsNotTriedAgain(end: ScriptedUpstream.Step) async throws {
        let upstream = try ScriptedUpstream { _, index in [1, 2].contains(index) ? [end] : Self.good }
        let rig = try await Self.rig(upstream)
        #expect(try await rig.post().status == 200)
        #expect(try await rig.post().status == 502)
        #expect(upstream.requests.count == 3)
        #expect(try await rig.post().status == 200)
        let outcomes = await rig.outcomes.first(3)
        #expect(outcomes.map(\.status) == [.ok, .upstreamError, .ok])
        #expect(outcomes[1].error == "connection_lost")
        #expect(outcomes[1].attempts.count == 1)
    }

    @Test(arguments: ["H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"])
    func aRequestWhoseAnswerHadBegunIsNotSentTwice(begun: String) async throws {
        let upstream = try ScriptedUpstream { _, index in index == 1 ? [.send(begun), .close] : Self.good }
        let rig = try await Self.rig(upstream)
        #expect(try await rig.post().status == 200)
        #expect(try await rig.post().status == 502)
        #expect(upstream.requests.count == 2)
        #expect(await rig.outcomes.first(2)[1].error == "connection_lost")
    }

    /// They are as old as the one that was closed, and likely closed too: a second try on one of them would be the
    /// last.
    @Test
    func theSecondTryIsOnANewConnectionWhateverElseIsIdle() async throws {
        let arrivals = Atomic<Int>(0)
        let opened = Atomic<Int>(0)
        let allThere = Gate()
        let upstream = try ScriptedUpstream { _ in
            opened.add(1, ordering: .relaxed)
            return []
        } script: { _, index in
            if index < 3 {
                if arrivals.add(1, ordering: .relaxed).newValue == 3 { allThere.open() }
                return [.wait(allThere)] + Self.good
            }
            return opened.load(ordering: .relaxed) > 3 ? Self.good : [.close]
        }
        let rig = try await Self.rig(upstream)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 { group.addTask { try await rig.post().status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(upstream.connections == 3)
        #expect(try await rig.post().status == 200)
        #expect(upstream.connections == 4)
        #expect(upstream.requests.count == 5)
        await Self.expectGood(rig, 4)
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nConnection: close", "HTTP/1.0 200 OK"])
    func aConnectionThatWasSaidToEndIsNotUsedAgain(head: String) async throws {
        let answer = head + "\r\n" + FaultTable.length + "\r\n" + FaultTable.completion
        let upstream = try ScriptedUpstream { _, _ in [.send(answer)] }
        let rig = try await Self.rig(upstream)
        for _ in 0..<3 { #expect(try await rig.post().text == FaultTable.completion) }
        #expect(upstream.connections == 3)
        await Self.expectGood(rig, 3)
    }
}

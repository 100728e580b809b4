import Domain
import HTTP
import JSON
import Reactor
import Testing

@testable import Gateway

/// Answers that outlive the process: each rig is one with an empty memory.
@Suite(.timeLimit(.minutes(1))) struct ArchivedAnswerTests {
    private static let policy = CachePolicy(seconds: 60, isArchived: true)

    private static func numbered() throws -> ScriptedUpstream {
        try ScriptedUpstream { request, index in
            guard request.text.contains(#""stream":true"#) else {
                return ScriptedUpstream.plain(
                    #"{"choices":[{"message":{"content":"answer \#(index)"},"finish_reason":"stop"}],"#
                        + #""usage":{"prompt_tokens":1000,"completion_tokens":500}}"#)
            }
            return ScriptedUpstream.events([
                ScriptedUpstream.delta("answer \(index)"), ScriptedUpstream.finish, ScriptedUpstream.usage, "[DONE]",
            ]) + [ScriptedUpstream.lastChunk]
        }
    }

    private static func rig(
        _ upstream: ScriptedUpstream, _ archive: HeldArchive, policy: CachePolicy = policy,
        clock: HandMonotonic = HandMonotonic(), timeout milliseconds: Int = 10_000, loops: [EventLoop] = Rig.loops
    ) async throws -> Rig {
        var settings = GatewaySettings()
        settings.cacheDiskTimeoutMilliseconds = milliseconds
        return try await Rig.caching(
            [upstream.baseURL], policy: policy, settings: settings, clock: clock, loops: loops, archive: archive)
    }

    @Test func whatMemoryHasLostIsReadOnceAndInMemoryAgain() async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        let first = try await Self.rig(upstream, archive).post()
        #expect(first["x-signalbox-cache"] == "miss" && archive.count == 1)
        archive.advance(seconds: 7)
        let clock = HandMonotonic()
        let rig = try await Self.rig(upstream, archive, clock: clock)
        let second = try await rig.post()
        #expect(second.body == first.body && second["content-type"] == "application/json")
        #expect(second["x-signalbox-cache"] == "hit" && second["x-signalbox-cache-tier"] == "disk")
        #expect(second["age"] == "7")
        clock.advance(seconds: 3)
        let third = try await rig.post()
        #expect(third.body == first.body && third["age"] == "10" && third["x-signalbox-cache-tier"] == nil)
        #expect(upstream.requests.count == 1 && archive.asked == 2, "once each for what memory did not have")
        #expect(rig.hits == 2 && rig.misses == 0 && rig.gateway.cache.all[0].archivedHits == 1)
        let outcomes = await rig.outcomes.first(2)
        #expect(outcomes.map(\.cache) == [.hit, .hit] && outcomes.map(\.costMicroUSD) == [0, 0])
        #expect(outcomes.map(\.savedMicroUSD) == [6_000, 6_000] && outcomes[0].servedBy == "v0")
        #expect(outcomes[0].tokens == Outcome.Tokens(input: 1000, output: 500) && outcomes[0].finishReason == "stop")
    }

    @Test func whatComesBackIsOverWhenItWouldHaveBeenAnyway() async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        _ = try await Self.rig(upstream, archive).post()
        archive.advance(seconds: 50)
        let clock = HandMonotonic()
        let rig = try await Self.rig(upstream, archive, clock: clock)
        #expect(try await rig.post()["age"] == "50")
        clock.advance(seconds: 9)
        archive.advance(seconds: 9)
        #expect(try await rig.post()["age"] == "59")
        clock.advance(seconds: 1)
        archive.advance(seconds: 1)
        #expect(try await rig.post()["x-signalbox-cache"] == "miss")
        #expect(upstream.requests.count == 2)
    }

    @Test func aStreamComesBackWithUsageForWhoAsksForIt() async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        let first = try await Self.rig(upstream, archive).post(Rig.streamed)
        let rig = try await Self.rig(upstream, archive)
        let usage = Rig.streamed.replacing(
            #""stream":true"#, with: #""stream":true,"stream_options":{"include_usage":true}"#)
        let second = try await rig.post(usage)
        #expect(second["x-signalbox-cache-tier"] == "disk" && second.text.contains("prompt_tokens"))
        let third = try await Self.rig(upstream, archive).post(Rig.streamed)
        #expect(third["x-signalbox-cache-tier"] == "disk" && third.text == first.text)
        #expect(!third.text.contains("prompt_tokens") && third.text.hasSuffix("data: [DONE]\n\n"))
        #expect(third["content-type"] == "text/event-stream; charset=utf-8" && third.isWhole)
        // A plain answer is another matter.
        #expect(try await rig.post()["x-signalbox-cache"] == "miss")
    }

    @Test(arguments: [Rig.question, Rig.streamed], [true, false])
    func whoAsksTheSameAtTheSameTimeSharesOneLookup(body: String, isThere: Bool) async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        if isThere { _ = try await Self.rig(upstream, archive).post(body) }
        let before = archive.asked
        archive.hold()
        let rig = try await Self.rig(upstream, archive)
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<32 { group.addTask { try await rig.post(body) } }
            await rig.followers(31)
            archive.letGo()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(Set(answers.map(\.text)).count == 1 && answers.allSatisfy { $0.status == 200 && $0.isWhole })
        #expect(answers.filter { $0["x-signalbox-cache"] == "hit" }.count == (isThere ? 32 : 31))
        #expect(answers.filter { $0["x-signalbox-cache-tier"] == "disk" }.count == (isThere ? 1 : 0))
        #expect(archive.asked == before + 1 && upstream.requests.count == 1)
    }

    /// The file hangs for ever: its caller is answered all the same, and what is kept in memory serves.
    @Test func whatIsNotReadInTimeIsAMiss() async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        _ = try await Self.rig(upstream, archive).post()
        archive.hold()
        let rig = try await Self.rig(upstream, archive, timeout: 20)
        let answer = try await rig.post()
        #expect(answer["x-signalbox-cache"] == "miss" && answer.text.contains("answer 1"))
        #expect(try await rig.post()["x-signalbox-cache"] == "hit")
        #expect(upstream.requests.count == 2)
        archive.letGo()
        while archive.cancelled == 0 { await Task.yield() }
    }

    @Test func whatItsCallerWantsOfTheCacheHoldsForTheFileToo() async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        func post(_ directive: String) async throws -> String {
            let answer = try await Self.rig(upstream, archive).post(fields: ["Cache-Control: \(directive)"])
            return (answer["x-signalbox-cache"] ?? "") + " " + (answer["x-signalbox-cache-tier"] ?? "-")
        }
        #expect(try await post("no-store") == "bypass -")
        #expect(archive.asked == 0 && archive.count == 0)
        #expect(try await post("no-cache") == "miss -")
        #expect(archive.asked == 0 && archive.count == 1)
        archive.advance(seconds: 10)
        #expect(try await post("max-age=10") == "hit disk")
        #expect(try await post("no-store") == "bypass -")
        #expect(try await post("max-age=9") == "miss -")
        #expect(try await post("max-age=0") == "miss -")
        #expect(try await post("max-age=1") == "hit disk", "it is the last one")
    }

    /// Who waits with others for what turns out to be old asks anew.
    @Test(arguments: [Rig.question, Rig.streamed])
    func whoWantsYoungAnswersIsGivenNoOldOneThatOthersWaitedFor(body: String) async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        _ = try await Self.rig(upstream, archive).post(body)
        archive.advance(seconds: 30)
        archive.hold()
        let rig = try await Self.rig(upstream, archive, loops: [Rig.loops[0]])
        let asked = archive.asked
        async let old = rig.post(body)
        while archive.asked == asked { await Task.yield() }
        async let young = rig.post(body, fields: ["Cache-Control: max-age=5"])
        await rig.followers(1)
        archive.letGo()
        #expect(try await old["x-signalbox-cache-tier"] == "disk")
        let answer = try await young
        #expect(answer["x-signalbox-cache"] == "miss" && answer.text.contains("answer 1"))
    }

    @Test func aDeploymentThatDoesNotSaySoHasNothingThere() async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        let rig = try await Self.rig(upstream, archive, policy: CachePolicy(seconds: 60))
        _ = try await rig.post()
        #expect(try await rig.post()["x-signalbox-cache"] == "hit")
        #expect(archive.asked == 0 && archive.count == 0)
    }

    /// Purged while the provider is asked, and while the file is read.
    @Test func whatWasAskedForBeforeAPurgeIsNotKeptAfter() async throws {
        let gate = Gate()
        let archive = HeldArchive()
        let upstream = try ScriptedUpstream { _, _ in
            [.wait(gate)] + ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let rig = try await Self.rig(upstream, archive)
        async let answer = rig.post()
        while upstream.requests.isEmpty { await Task.yield() }
        _ = rig.gateway.cache.purge { _ in true }
        gate.open()
        _ = try await answer
        #expect(archive.count == 0)
        _ = try await rig.post()
        #expect(archive.count == 1)
        archive.hold()
        let other = try await Self.rig(upstream, archive)
        let asked = archive.asked
        async let second = other.post()
        while archive.asked == asked { await Task.yield() }
        _ = other.gateway.cache.purge { _ in true }
        archive.letGo()
        _ = try await second
        #expect(other.entries == 0)
    }

    /// Asked for when memory was empty already, and the file not yet: what is read then is in memory again, and must
    /// not stay there.
    @Test(arguments: [Rig.question, Rig.streamed])
    func whatIsReadOfTheFileDuringAPurgeIsNotGivenAfterIt(body: String) async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        _ = try await Self.rig(upstream, archive).post(body)
        let rig = try await Self.rig(upstream, archive)
        archive.holdPurge()
        async let purge = rig.gateway.cache.purge(where: { _ in true }, archived: { ["d-bot-production"] })
        while !archive.isPurging { await Task.yield() }
        #expect(try await rig.post(body)["x-signalbox-cache-tier"] == "disk")
        archive.letPurgeGo()
        _ = try await purge
        let answer = try await rig.post(body)
        #expect(answer["x-signalbox-cache"] == "miss" && answer.text.contains("answer 1"))
    }

    @Test func nobodyIsAskedForACallerWhoHasLeft() async throws {
        let (upstream, archive) = (try Self.numbered(), HeldArchive())
        archive.hold()
        let rig = try await Self.rig(upstream, archive, loops: [Rig.loops[0]])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        while archive.asked == 0 { await Task.yield() }
        caller.socket.close()
        try await rig.turn()
        archive.letGo()
        #expect(await rig.outcomes.one().status == .clientClosed)
        #expect(upstream.requests.isEmpty)
    }
}

import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
    private static func gated(_ gate: Gate) throws -> ScriptedUpstream {
        try ScriptedUpstream { _, _ in [.wait(gate)] + ScriptedUpstream.plain(ScriptedUpstream.completion) }
    }

    private static func caller(_ rig: Rig, fields: [String] = []) async throws -> Caller {
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.question, fields: fields)
        return caller
    }

    @Test func whoAsksTheSameAtTheSameTimeSharesOneCall() async throws {
        let gate = Gate()
        let upstream = try Self.gated(gate)
        let rig = try await Rig.caching([upstream.baseURL])
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<64 { group.addTask { try await rig.post() } }
            await rig.followers(63)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.text == ScriptedUpstream.completion && $0.status == 200 })
        #expect(answers.filter { $0["x-signalbox-cache"] == "hit" && $0["age"] == "0" }.count == 63)
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(64)
        #expect(outcomes.filter { $0.attemptCount == 1 && $0.costMicroUSD == 6_000 }.count == 1)
        #expect(outcomes.filter { $0.cache == .hit && $0.costMicroUSD == 0 && $0.status == .ok }.count == 63)
        #expect(rig.hits == 63)
        #expect(rig.misses == 1)
        #expect(try await rig.post()["x-signalbox-cache"] == "hit")
    }

    @Test func theCallGoesOnForOthersWhenItsFirstCallerLeaves() async throws {
        let gate = Gate()
        let upstream = try Self.gated(gate)
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig)
        while upstream.requests.isEmpty { await Task.yield() }
        let second = try await Self.caller(rig)
        await rig.followers(1)
        first.socket.close()
        // Another caller can come only after the departure was seen on this loop or not: the answer is the same.
        let third = try await Self.caller(rig)
        await rig.followers(2)
        gate.open()
        for caller in [second, third] {
            let answer = try await caller.answer()
            #expect(answer.text == ScriptedUpstream.completion)
            caller.socket.close()
        }
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(3)
        // What was paid for is told, whoever was there to see it.
        let left = outcomes.filter { $0.status == .clientClosed }
        #expect(left.count <= 1)
        if let left = left.first {
            #expect(left.costMicroUSD == 6_000)
            #expect(left.error == "client_closed")
        }
        #expect(outcomes.reduce(0) { $0 + ($1.costMicroUSD ?? 0) } == 6_000)
    }

    @Test func theCallEndsWhenAllHaveLeft() async throws {
        let upstream = try ScriptedUpstream([.untilDeparture])
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig)
        while upstream.requests.isEmpty { await Task.yield() }
        let second = try await Self.caller(rig)
        await rig.followers(1)
        first.socket.close()
        second.socket.close()
        await upstream.departure()
        #expect(await rig.outcomes.first(2).allSatisfy { $0.status == .clientClosed })
        #expect(rig.entries == 0)
    }

    @Test func whoComesAfterAllHaveLeftAsksAnew() async throws {
        let upstream = try ScriptedUpstream { _, index in
            index == 0 ? [.untilDeparture] : ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig)
        while upstream.requests.isEmpty { await Task.yield() }
        first.socket.close()
        await upstream.departure()
        _ = await rig.outcomes.one()
        let answer = try await rig.post()
        #expect(answer.text == ScriptedUpstream.completion)
        #expect(answer["x-signalbox-cache"] == "miss")
    }

    @Test func aFollowerThatLeavesTakesNobodyWithIt() async throws {
        let gate = Gate()
        let upstream = try Self.gated(gate)
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig)
        while upstream.requests.isEmpty { await Task.yield() }
        let second = try await Self.caller(rig)
        await rig.followers(1)
        second.socket.close()
        #expect(await rig.outcomes.one().status == .clientClosed)
        gate.open()
        #expect(try await first.answer().text == ScriptedUpstream.completion)
        first.socket.close()
        #expect(await rig.outcomes.first(2)[1].status == .ok)
    }

    @Test(arguments: [
        (ScriptedUpstream.plain(#"{"error":{"message":"busy"}}"#, status: 429, fields: "Retry-After: 7\r\n"), 429),
        (ScriptedUpstream.plain("{}", status: 500), 502), (ScriptedUpstream.plain("garbage"), 502),
    ])
    func anErrorOfTheProviderIsSharedAndNotAskedForAgain(steps: [ScriptedUpstream.Step], status: Int) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([.wait(gate)] + steps)
        let rig = try await Rig.caching([upstream.baseURL])
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try await rig.post() } }
            await rig.followers(7)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == status && $0["x-signalbox-cache"] == "miss" })
        #expect(Set(answers.map { $0["retry-after"] }) == [status == 429 ? "7" : nil])
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(8)
        #expect(Set(outcomes.map(\.status)).count == 1)
        #expect(Set(outcomes.map(\.error)).count == 1)
        #expect(outcomes.filter { $0.attemptCount == 0 }.count == 7)
        #expect(rig.hits == 0)
    }

    @Test func theImpatienceOfTheFirstIsNotThatOfOthers() async throws {
        let upstream = try ScriptedUpstream { _, index in
            index == 0 ? [.untilDeparture] : ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig, fields: ["x-stainless-read-timeout: 1"])
        while upstream.requests.isEmpty { await Task.yield() }
        let others = try await withThrowingTaskGroup { group in
            for _ in 0..<4 { group.addTask { try await rig.post() } }
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(try await first.answer().status == 504)
        first.socket.close()
        #expect(others.allSatisfy { $0.text == ScriptedUpstream.completion })
        // One of those who were left asked, and the others waited for that.
        #expect(upstream.requests.count == 2)
    }

    @Test func whoWaitsForAnotherWaitsNoLongerThanItsOwnPatience() async throws {
        let gate = Gate()
        let upstream = try Self.gated(gate)
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig)
        while upstream.requests.isEmpty { await Task.yield() }
        let hasty = try await rig.post(fields: ["x-stainless-read-timeout: 0.2"])
        #expect(hasty.status == 504)
        #expect(hasty.error("code") == "upstream_timeout")
        #expect(await rig.outcomes.one().status == .upstreamTimeout)
        gate.open()
        #expect(try await first.answer().text == ScriptedUpstream.completion)
        first.socket.close()
    }

    @Test func whatIsTooLargeToBeHeldIsAskedForByEachAtOnce() async throws {
        let gate = Gate()
        let text = #"{"choices":[{"message":{"content":""# + String(repeating: "x", count: 400_000) + #""}}]}"#
        let upstream = try ScriptedUpstream { _, _ in [.wait(gate)] + ScriptedUpstream.plain(text) }
        var settings = GatewaySettings()
        settings.plainAnswerBytesMax = 8_192
        let rig = try await Rig.caching([upstream.baseURL], settings: settings)
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<4 { group.addTask { try await rig.post() } }
            await rig.followers(3)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.text == text })
        #expect(upstream.requests.count == 4)
    }

    @Test func aQuestionThatCannotBeAskedIsRefusedToAll() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig.caching([upstream.baseURL])
        let wrong = #"{"model":"bot","input":"x","messages":[]}"#
        for _ in 0..<2 {
            let answer = try await rig.post(wrong, path: "/v1/rerank")
            #expect(answer.status == 400)
        }
        #expect(upstream.requests.isEmpty)
    }
}

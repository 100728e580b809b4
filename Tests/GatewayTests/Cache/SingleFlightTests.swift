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
        let rig = try await Rig.caching([upstream.baseURL], clock: HandMonotonic())
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
        let rig = try await Rig.caching([upstream.baseURL], loops: [Rig.loops[0]])
        let first = try await Self.caller(rig)
        while upstream.requests.isEmpty { await Task.yield() }
        let second = try await Self.caller(rig)
        await rig.followers(1)
        first.socket.close()
        try await rig.turn()
        // Who comes after the first one has left joins what it has begun.
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
        #expect(left.map(\.costMicroUSD) == [6_000])
        #expect(left.map(\.error) == ["client_closed"])
        #expect(left.map(\.attemptCount) == [1])
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
        (ScriptedUpstream.plain("{}", status: 500), 502), (ScriptedUpstream.plain("garbage"), 502), ([.reset], 502),
    ])
    func aFailureOfTheProviderIsSharedAndNotAskedForAgain(steps: [ScriptedUpstream.Step], status: Int) async throws {
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
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(8)
        #expect(Set(outcomes.map(\.status)).count == 1)
        #expect(Set(outcomes.map(\.error)).count == 1)
        #expect(outcomes.filter { $0.attemptCount == 0 }.count == 7)
        #expect(rig.hits == 0)
    }

    /// They are no part of what is asked, and reach the provider all the same.
    @Test(
        arguments: [
            #""metadata":{"k":"secret"}"#, #""user":"secret""#, #""safety_identifier":"secret""#,
            #""prompt_cache_key":"secret""#, #""prompt_cache_retention":"secret""#, #""stream_options":{"x":"secret"}"#,
        ], [400, 413, 422, 429])
    func aRefusalIsItsOwnCallersAlone(member: String, status: Int) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream { request, _ in
            guard request.text.contains("secret") else { return ScriptedUpstream.plain(ScriptedUpstream.completion) }
            return [.wait(gate)]
                + ScriptedUpstream.plain(
                    #"{"error":{"message":"secret is not allowed"}}"#, status: status, fields: "Retry-After: 0\r\n")
        }
        let rig = try await Rig.caching([upstream.baseURL])
        let wrong = Rig.question.replacing(#"{"model""#, with: #"{\#(member),"model""#)
        async let refused = rig.post(wrong)
        while upstream.requests.isEmpty { await Task.yield() }
        let others = try await withThrowingTaskGroup { group in
            for _ in 0..<4 { group.addTask { try await rig.post() } }
            await rig.followers(4)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(try await refused.status == status)
        #expect(others.allSatisfy { $0.status == 200 && $0.text == ScriptedUpstream.completion })
        #expect(upstream.requests.count == 5)
        #expect(rig.hits == 0)
    }

    @Test func whoAsksForAnAnswerThatIsTooLargeToBeHeldLeavesAndEndsIt() async throws {
        let text = #"{"choices":[{"message":{"content":""# + String(repeating: "x", count: 32_768)
        let upstream = try ScriptedUpstream([
            .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"),
            .send(text), .untilDeparture,
        ])
        var settings = GatewaySettings()
        settings.plainAnswerBytesMax = 8_192
        let rig = try await Rig.caching([upstream.baseURL], settings: settings)
        let caller = try await Self.caller(rig)
        _ = try await caller.read { $0.contains("xxxx") }
        caller.socket.close()
        await upstream.departure()
        #expect(await rig.outcomes.one().status == .clientClosed)
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
        let prompt = CompiledPrompt(content: .chat([try PromptMessage(["role": "system", "content": "Hi {{name}}"])]))
        let rig = try await Rig.caching([upstream.baseURL], prompt: prompt)
        let answers = try await withThrowingTaskGroup { group in
            for index in 0..<32 {
                let stream = index % 2 == 0 ? #","signalbox":{"variables":{}}"# : #","stream":true"#
                let body = Rig.question.replacing(#""bot""#, with: #""bot"\#(stream)"#)
                group.addTask { try await rig.post(body) }
            }
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 400 && $0["x-signalbox-cache"] == "miss" })
        #expect(upstream.requests.isEmpty)
        #expect(rig.misses == 32)
        #expect(rig.entries == 0)
    }
}

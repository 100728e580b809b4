import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct StreamedCacheTests {
    private static let withUsage =
        #"{"model":"bot","stream":true,"stream_options":{"include_usage":true},"#
        + #""messages":[{"role":"user","content":"6*7?"}]}"#

    private static let events = [
        ScriptedUpstream.delta("4"), ScriptedUpstream.delta("2"), ScriptedUpstream.finish, ScriptedUpstream.usage,
        "[DONE]",
    ]
    private static let whole = events.map { "data: \($0)\n\n" }.joined()
    /// As a caller gets them who did not ask for usage.
    private static let bare = [
        #"{"choices":[{"index":0,"delta":{"content":"4"},"finish_reason":null}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"2"},"finish_reason":null}]}"#,
        #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#, "[DONE]",
    ].map { "data: \($0)\n\n" }.joined()

    private static func caller(_ rig: Rig, _ body: String = Rig.streamed) async throws -> Caller {
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", body)
        return caller
    }

    @Test func aStreamIsGivenAgainWithUsageToWhoAsksForIt() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events(Self.events) + [
                ScriptedUpstream.chunk(": comment\n\n"), ScriptedUpstream.lastChunk,
            ])
        let rig = try await Rig.caching([upstream.baseURL], clock: HandMonotonic())
        let first = try await rig.post(Rig.streamed)
        #expect(first.text == Self.bare)
        #expect(first["x-signalbox-cache"] == "miss")
        #expect(first.isWhole)
        for (body, text) in [(Self.withUsage, Self.whole), (Rig.streamed, Self.bare), (Self.withUsage, Self.whole)] {
            let again = try await rig.post(body)
            #expect(again.text == text)
            #expect(again["x-signalbox-cache"] == "hit")
            #expect(again["content-type"] == "text/event-stream; charset=utf-8")
            #expect(again["age"] == "0")
        }
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(4)
        #expect(outcomes.map(\.costMicroUSD) == [38, 0, 0, 0])
        #expect(outcomes.allSatisfy { $0.isStream && $0.finishReason == "stop" && $0.status == .ok })
        #expect(outcomes.allSatisfy { $0.tokens == Outcome.Tokens(input: 7, output: 3) })
        #expect(outcomes[0].firstTokenMilliseconds != nil)
        #expect(outcomes[1].firstTokenMilliseconds == nil)
        #expect(rig.gateway.cache.recordingBytes == 0)
    }

    @Test func aPlainAnswerAndAStreamNeverStandInForEachOther() async throws {
        let upstream = try ScriptedUpstream { request, _ in
            request.text.contains(#""stream":true"#)
                ? ScriptedUpstream.stream(["42"]) : ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let rig = try await Rig.caching([upstream.baseURL])
        #expect(try await rig.post(Rig.streamed)["x-signalbox-cache"] == "miss")
        #expect(try await rig.post()["x-signalbox-cache"] == "miss")
        #expect(try await rig.post().text == ScriptedUpstream.completion)
        #expect(try await rig.post(Rig.streamed).text.hasSuffix("data: [DONE]\n\n"))
        #expect(upstream.requests.count == 2)
    }

    @Test func whoJoinsAStreamReadsItFromItsStart() async throws {
        let gate = Gate()
        let head = Self.events.prefix(1).map { ScriptedUpstream.chunk("data: \($0)\n\n") }
        let rest = Self.events.dropFirst().map { ScriptedUpstream.chunk("data: \($0)\n\n") }
        let upstream = try ScriptedUpstream(
            [.send(ScriptedUpstream.streamHead)] + head + [.wait(gate)] + rest + [ScriptedUpstream.lastChunk])
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig)
        // It has begun.
        _ = try await first.read { $0.contains("content") }
        let answers = try await withThrowingTaskGroup { group in
            for index in 0..<32 { group.addTask { try await rig.post(index % 2 == 0 ? Rig.streamed : Self.withUsage) } }
            await rig.followers(32)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.filter { $0.text == Self.bare }.count == 16)
        #expect(answers.filter { $0.text == Self.whole }.count == 16)
        #expect(answers.allSatisfy { $0["x-signalbox-cache"] == "hit" && $0.isWhole })
        first.socket.close()
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(33)
        #expect(outcomes.filter { $0.cache == .hit && $0.status == .ok && $0.costMicroUSD == 0 }.count == 32)
        #expect(rig.entries == 1)
    }

    @Test func aStreamGoesOnForOthersWhenItsFirstCallerLeaves() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream(
            [.send(ScriptedUpstream.streamHead), ScriptedUpstream.chunk("data: \(Self.events[0])\n\n"), .wait(gate)]
                + Self.events.dropFirst().map { ScriptedUpstream.chunk("data: \($0)\n\n") } + [
                    ScriptedUpstream.lastChunk
                ])
        let rig = try await Rig.caching([upstream.baseURL])
        let first = try await Self.caller(rig)
        _ = try await first.read { $0.contains("content") }
        let second = try await Self.caller(rig)
        _ = try await second.read { $0.contains("content") }
        first.socket.close()
        let third = try await Self.caller(rig)
        _ = try await third.read { $0.contains("content") }
        gate.open()
        // What was read before is not read again.
        let rest = try await third.socketText()
        #expect(rest.contains("[DONE]"))
        second.socket.close()
        third.socket.close()
        #expect(upstream.requests.count == 1)
        #expect(try await rig.post(Rig.streamed).text == Self.bare)
        #expect(upstream.requests.count == 1)
        #expect(rig.entries == 1)
    }

    @Test func aStreamEndsWhenAllHaveLeft() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.untilDeparture])
        let rig = try await Rig.caching([upstream.baseURL])
        let callers = [try await Self.caller(rig)]
        _ = try await callers[0].read { $0.contains("content") }
        let other = try await Self.caller(rig)
        _ = try await other.read { $0.contains("content") }
        callers[0].socket.close()
        other.socket.close()
        await upstream.departure()
        #expect(await rig.outcomes.first(2).allSatisfy { $0.status == .clientClosed })
        #expect(rig.entries == 0)
        while rig.gateway.cache.recordingBytes > 0 { await Task.yield() }
    }

    @Test(arguments: [
        ScriptedUpstream.Step.reset, .close, ScriptedUpstream.lastChunk, ScriptedUpstream.chunk("data: x\n\n"),
        ScriptedUpstream.chunk("data: {\"error\":{\"message\":\"worn out\"}}\n\n"),
    ])
    func aBrokenStreamIsToldToAllAndNeverKept(end: ScriptedUpstream.Step) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.wait(gate), end])
        let rig = try await Rig.caching([upstream.baseURL])
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<4 { group.addTask { try await rig.post(Rig.streamed) } }
            await rig.followers(3)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.text.contains("\"4\"") && $0.text.contains("\"error\"") })
        #expect(answers.allSatisfy { !$0.text.contains("[DONE]") && $0.status == 200 })
        // The provider's own words are for whom it was asked for.
        #expect(answers.count { $0.text.contains("worn out") && $0["x-signalbox-cache"] == "hit" } == 0)
        #expect(answers.allSatisfy { $0.text.ranges(of: "\"error\"").count == 1 })
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(4)
        #expect(outcomes.allSatisfy { $0.status == .brokenStream && $0.cache == .miss && $0.servedBy == "v0" })
        #expect(rig.misses == 4)
        #expect(rig.entries == 0)
        #expect(rig.hits == 0)
    }

    @Test func whatFailsBeforeItsFirstEventIsToldWithAStatus() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([.wait(gate)] + ScriptedUpstream.plain("{}", status: 503))
        let rig = try await Rig.caching([upstream.baseURL])
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<4 { group.addTask { try await rig.post(Rig.streamed) } }
            await rig.followers(3)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 502 && $0["x-signalbox-cache"] == "miss" })
        #expect(upstream.requests.count == 1)
    }

    @Test(arguments: [true, false]) func whoJoinsTheStreamOfAFallbackIsToldSo(isWhole: Bool) async throws {
        let dead = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 500))
        let gate = Gate()
        let rest = Self.events.dropFirst().map { ScriptedUpstream.chunk("data: \($0)\n\n") }
        let spare = try ScriptedUpstream(
            ScriptedUpstream.events([Self.events[0]]) + [.wait(gate)]
                + (isWhole ? rest + [ScriptedUpstream.lastChunk] : [.reset]))
        let rig = try await Rig.caching([dead.baseURL, spare.baseURL])
        let first = try await Self.caller(rig)
        _ = try await first.read { $0.contains("content") }
        async let joined = rig.post(Rig.streamed)
        await rig.followers(1)
        gate.open()
        #expect(try await joined["x-signalbox-served-by"] == "v1")
        let outcomes = await rig.outcomes.first(2)
        #expect(outcomes.allSatisfy { $0.servedBy == "v1" })
        #expect(outcomes.map(\.status) == (isWhole ? [.ok, .ok] : [.brokenStream, .brokenStream]))
        #expect(Set(outcomes.map(\.cache)) == (isWhole ? [.miss, .hit] : [.miss]))
        first.socket.close()
    }

    /// More than the buffers of two sockets hold, so that who does not read stands still.
    @Test func whoDoesNotReadIsLetGoOfAndHoldsUpNobody() async throws {
        let gate = Gate()
        let word = String(repeating: "word ", count: 50_000)
        let upstream = try ScriptedUpstream { _, _ in
            ScriptedUpstream.events([ScriptedUpstream.delta("first")]) + [.wait(gate)]
                + (0..<100).map { _ in ScriptedUpstream.chunk("data: \(ScriptedUpstream.delta(word))\n\n") }
                + [ScriptedUpstream.chunk("data: [DONE]\n\n"), ScriptedUpstream.lastChunk]
        }
        var settings = GatewaySettings()
        settings.cacheEntryBytesMax = 16_384
        let rig = try await Rig.caching([upstream.baseURL], settings: settings)
        // The first of them, who has asked for all, among them.
        let still = try await [Self.caller(rig), Self.caller(rig)]
        await rig.followers(1)
        let reading = try await Self.caller(rig)
        await rig.followers(2)
        gate.open()
        let (count, tail) = try await reading.drained()
        #expect(tail.contains("data: [DONE]\n\n"))
        #expect(count > 25_000_000)
        // They are told why, and it is no failure of the deployment's.
        for caller in still {
            let (_, end) = try await caller.drained()
            #expect(end.contains(#""code":"read_too_slowly"}}"#))
        }
        for caller in still + [reading] { caller.socket.close() }
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(3)
        #expect(outcomes.count { $0.status == .ok } == 1)
        #expect(outcomes.count { $0.status == .clientClosed } == 2)
    }

    @Test func aStreamThatIsTooLongReachesAllWhoJoinedAndIsNotKept() async throws {
        let gate = Gate()
        let word = String(repeating: "word ", count: 200)
        let upstream = try ScriptedUpstream { _, index in
            ScriptedUpstream.events([ScriptedUpstream.delta("first")]) + (index == 0 ? [.wait(gate)] : [])
                + (0..<200).map { _ in ScriptedUpstream.chunk("data: \(ScriptedUpstream.delta(word))\n\n") }
                + [
                    ScriptedUpstream.chunk("data: \(ScriptedUpstream.finish)\n\n"),
                    ScriptedUpstream.chunk("data: [DONE]\n\n"), ScriptedUpstream.lastChunk,
                ]
        }
        var settings = GatewaySettings()
        settings.cacheEntryBytesMax = 16_384
        settings.streamBufferBytesMax = 16_384
        let rig = try await Rig.caching([upstream.baseURL], settings: settings)
        let answers = try await withThrowingTaskGroup { group in
            for index in 0..<6 {
                group.addTask { try await rig.post(index % 2 == 0 ? Rig.streamed : Self.withUsage) }
            }
            await rig.followers(5)
            gate.open()
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.text.hasSuffix("data: [DONE]\n\n") && $0.isWhole })
        #expect(Set(answers.map(\.body.count)).count == 2)
        #expect(answers.allSatisfy { $0.text.components(of: word) == 200 })
        #expect(upstream.requests.count == 1)
        #expect(rig.entries == 0)
        #expect(rig.gateway.cache.recordingBytes == 0)
        #expect(await rig.outcomes.first(6).allSatisfy { $0.status == .ok && $0.areTokensEstimated })
        #expect(try await rig.post(Rig.streamed)["x-signalbox-cache"] == "miss")
    }

    @Test func bodiesOfAStreamedHitAreItsEvents() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.events(Self.events) + [ScriptedUpstream.lastChunk])
        let rig = try await Rig.caching([upstream.baseURL], storesBodies: true)
        for _ in 0..<2 { _ = try await rig.post(Self.withUsage) }
        let bodies = await rig.outcomes.first(2).map { $0.bodies?.answer?.bytes }
        #expect(bodies[0] != nil)
        #expect(bodies[0] == bodies[1])
    }

    @Test func anImpatientFirstCallerHearsASignOfLifeAndOthersToo() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream(
            [.send(ScriptedUpstream.streamHead), .wait(gate)]
                + Self.events.map { ScriptedUpstream.chunk("data: \($0)\n\n") } + [ScriptedUpstream.lastChunk])
        let rig = try await Rig.caching([upstream.baseURL])
        let impatient = ["x-stainless-read-timeout: 0.3"]
        let answers = try await withThrowingTaskGroup { group in
            for index in 0..<4 {
                group.addTask {
                    let caller = try await Caller.connect(port: rig.port)
                    try await caller.send(
                        "POST", "/v1/chat/completions", Rig.streamed, fields: index < 2 ? impatient : [])
                    let answer = try await caller.read { text in
                        if text.contains(": ping") { gate.open() }
                        return false
                    }
                    caller.socket.close()
                    return answer
                }
            }
            return try await group.reduce(into: [WireMessage]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.text.replacing(": ping\n\n", with: "") == Self.bare })
        #expect(upstream.requests.count == 1)
        // Signs of life are no part of what is kept.
        #expect(try await rig.post(Rig.streamed).text == Self.bare)
    }
}

extension String {
    fileprivate func components(of word: String) -> Int { ranges(of: word).count }
}

extension Caller {
    /// Reads an answer to its end, of which it keeps no more than how much it was and how it ended.
    fileprivate func drained() async throws -> (count: Int, tail: String) {
        try await offThread {
            var count = 0
            var tail: [UInt8] = []
            while !tail.suffix(7).elementsEqual("\r\n0\r\n\r\n".utf8) {
                let more = try socket.receive()
                if more.isEmpty { break }
                count += more.count
                tail = Array((tail + more.suffix(64)).suffix(64))
            }
            return (count, String(decoding: tail, as: UTF8.self))
        }
    }

    /// What comes until the end of the answer, as text with its framing.
    fileprivate func socketText() async throws -> String {
        try await offThread {
            var bytes: [UInt8] = []
            while !String(decoding: bytes, as: UTF8.self).contains("\r\n0\r\n\r\n") {
                let more = try socket.receive()
                if more.isEmpty { break }
                bytes += more
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

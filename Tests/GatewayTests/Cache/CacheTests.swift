import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct CacheTests {
    private static func numbered() throws -> ScriptedUpstream {
        try ScriptedUpstream { _, index in ScriptedUpstream.plain(answer("answer \(index)")) }
    }

    private static func answer(_ text: String, reason: String = #""stop""#) -> String {
        #"{"choices":[{"message":{"content":"\#(text)"},"finish_reason":\#(reason)}],"#
            + #""usage":{"prompt_tokens":1000,"completion_tokens":500}}"#
    }

    private static func ask(_ members: String) -> String {
        #"{"model":"bot","messages":[{"role":"user","content":"6*7?"}]\#(members)}"#
    }

    @Test func whoAsksTheSameAgainGetsTheSameAtNoCost() async throws {
        let upstream = try Self.numbered()
        let clock = HandMonotonic()
        let rig = try await Rig.caching([upstream.baseURL], clock: clock)
        let first = try await rig.post()
        clock.advance(seconds: 7)
        // Other order, other spelling, another user: nothing that changes the answer.
        let second = try await rig.post(
            #"{ "user":"u2", "messages":[{"role":"user","content":"\u0036*7?"}], "metadata":{"a":"b"}, "model":"bot" }"#
        )
        #expect(first["x-signalbox-cache"] == "miss")
        #expect(first["age"] == nil)
        #expect(second["x-signalbox-cache"] == "hit")
        #expect(second["age"] == "7")
        #expect(second.body == first.body)
        #expect(second["content-type"] == "application/json")
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(2)
        #expect(outcomes.map(\.cache) == [.miss, .hit])
        #expect(outcomes.map(\.costMicroUSD) == [6_000, 0])
        #expect(outcomes[1].savedMicroUSD == 6_000)
        #expect(outcomes[1].tokens == Outcome.Tokens(input: 1000, output: 500))
        #expect(outcomes[1].attemptCount == 0)
        #expect(outcomes[1].servedBy == "v0")
        #expect(outcomes[1].finishReason == "stop")
        #expect(outcomes[1].status == .ok)
        #expect(outcomes[1].unit == "u2")
        #expect(rig.hits == 1)
        #expect(rig.misses == 1)
        #expect(rig.gateway.cache.all[0].savedMicroUSD == 6_000)
    }

    @Test(arguments: [
        #","temperature":0.5"#, #","tools":[]"#, #","seed":1"#, #","signalbox":{"variables":{"a":"b"}}"#, #","x":1"#,
        #","metadata":{},"x":1"#,
    ])
    func whatMayChangeTheAnswerIsAnotherQuestion(members: String) async throws {
        let upstream = try Self.numbered()
        let rig = try await Rig.caching([upstream.baseURL])
        _ = try await rig.post(Self.ask(""))
        #expect(try await rig.post(Self.ask(members))["x-signalbox-cache"] == "miss")
        #expect(try await rig.post(Self.ask(members))["x-signalbox-cache"] == "hit")
        #expect(upstream.requests.count == 2)
    }

    /// Either of the two may be seen by a model otherwise than the other.
    @Test(arguments: [
        // A prompt shows these as they are spelled, or as a double is.
        (#","signalbox":{"variables":{"n":1e16}}"#, #","signalbox":{"variables":{"n":10000000000000000}}"#),
        (
            #","signalbox":{"variables":{"n":9007199254740993.0}}"#,
            #","signalbox":{"variables":{"n":9007199254740993}}"#
        ),
        (#","signalbox":{"variables":{"n":{"a":1,"b":2}}}"#, #","signalbox":{"variables":{"n":{"b":2,"a":1}}}"#),
        // The order of a schema's properties is the one in which they are written.
        (
            #","response_format":{"json_schema":{"schema":{"properties":{"why":{},"answer":{}}}}}"#,
            #","response_format":{"json_schema":{"schema":{"properties":{"answer":{},"why":{}}}}}"#
        ),
        (
            #","tools":[{"function":{"name":"f","strict":true}}]"#,
            #","tools":[{"function":{"strict":true,"name":"f"}}]"#
        ),
    ])
    func whatReadersMayTellApartIsTwoQuestions(one: String, other: String) async throws {
        let upstream = try Self.numbered()
        let rig = try await Rig.caching([upstream.baseURL])
        #expect(try await rig.post(Self.ask(one))["x-signalbox-cache"] == "miss")
        #expect(try await rig.post(Self.ask(other))["x-signalbox-cache"] == "miss")
        #expect(try await rig.post(Self.ask(one)).text.contains("answer 0"))
        #expect(try await rig.post(Self.ask(other)).text.contains("answer 1"))
    }

    /// A field may choose who answers; a credential only says who asks.
    @Test func aProvidersFieldsAreAPartOfTheQuestionAndItsCredentialIsNot() throws {
        func prefix(_ headers: [(name: String, value: String)], credential: String = "one") -> [UInt8] {
            let provider = LiveProvider(
                id: "p", name: "p", kind: "openai", baseURL: "http://127.0.0.1", credential: Secret(credential),
                region: nil, allowPrivate: true, headers: headers, settings: [:], breaker: .automatic)
            let variant = LiveVariant(
                name: "v", weight: .whole, provider: provider, providerModel: "m", model: "m@1", prompt: nil,
                compiledPrompt: nil, parameters: [:], price: nil)
            return RequestFingerprint.prefix(Rig.deployment("bot", [variant]), variant, .chat, url: "u")
        }
        let first = prefix([(name: "OpenAI-Organization", value: "a")])
        #expect(first == prefix([(name: "openai-organization", value: "a")], credential: "two"))
        #expect(first != prefix([(name: "OpenAI-Organization", value: "b")]))
        #expect(first != prefix([]))
        #expect(!String(decoding: prefix([(name: "X-Secret", value: "canary")]), as: UTF8.self).contains("canary"))
    }

    @Test func whereNothingIsKeptNothingIsSaid() async throws {
        let upstream = try Self.numbered()
        let rig = try await Rig([upstream.baseURL])
        for _ in 0..<2 { #expect(try await rig.post()["x-signalbox-cache"] == nil) }
        #expect(upstream.requests.count == 2)
        #expect(await rig.outcomes.first(2).allSatisfy { $0.cache == nil })
        #expect(rig.gateway.cache.all.isEmpty)
    }

    @Test func anAnswerIsTooOldWhenItsTimeIsOver() async throws {
        let upstream = try Self.numbered()
        let clock = HandMonotonic()
        let rig = try await Rig.caching([upstream.baseURL], clock: clock)
        _ = try await rig.post()
        clock.advance(seconds: 59)
        #expect(try await rig.post()["x-signalbox-cache"] == "hit")
        clock.advance(seconds: 1)
        #expect(try await rig.post()["x-signalbox-cache"] == "miss")
        #expect(try await rig.post().text.contains("answer 1"))
        #expect(rig.entries == 1)
    }

    @Test func cacheControlOfTheCallerHolds() async throws {
        let upstream = try Self.numbered()
        let clock = HandMonotonic()
        let rig = try await Rig.caching([upstream.baseURL], clock: clock)
        func post(_ directive: String) async throws -> (String?, String) {
            let answer = try await rig.post(fields: ["Cache-Control: \(directive)"])
            let number = answer.text.firstRange(of: /answer (\d)/).map { String(answer.text[$0].suffix(1)) }
            return (answer["x-signalbox-cache"], number ?? "")
        }
        #expect(try await post("no-store") == ("bypass", "0"))
        #expect(rig.entries == 0)
        #expect(try await post("max-age=60") == ("miss", "1"))
        #expect(try await post("public, No-Store") == ("bypass", "2"))
        #expect(try await post("max-age=60") == ("hit", "1"))
        // Not read, and kept all the same.
        #expect(try await post("no-cache") == ("miss", "3"))
        clock.advance(seconds: 10)
        #expect(try await post("max-age=10") == ("hit", "3"))
        #expect(try await post("max-age=9") == ("miss", "4"))
        #expect(try await post("max-age=\"99999999999999999999\"") == ("hit", "4"))
        #expect(try await post("max-age=soon") == ("miss", "5"))
        #expect(try await post("only, what=is, not-known") == ("hit", "5"))
        #expect(await rig.outcomes.first(10).filter { $0.cache == .bypass }.count == 2)
        #expect(rig.bypasses == 2)
    }

    @Test func revisionsNeverAnswerForEachOther() async throws {
        let upstream = try Self.numbered()
        let old = Rig.deployment(
            "bot", [Rig.variant("v0", upstream.baseURL, weight: 100)], revision: 2, cache: CachePolicy(seconds: 60))
        let rig = try await Rig.caching([upstream.baseURL], pinned: [old])
        _ = try await rig.post()
        let pinned = Rig.question.replacing("bot", with: "bot@2")
        let first = try await rig.post(pinned)
        #expect(first["x-signalbox-cache"] == "miss")
        #expect(first["x-signalbox-revision"] == "2")
        #expect(try await rig.post(pinned)["x-signalbox-cache"] == "hit")
        // The same revision by another name is the same.
        #expect(try await rig.post(Rig.question.replacing("bot", with: "bot@3"))["x-signalbox-cache"] == "hit")
        #expect(upstream.requests.count == 2)
    }

    /// An answer that has a name at the provider, which its caller goes on from.
    @Test(arguments: ["bot", "bot@2"]) func whatTheProviderKeepsIsGivenToItsOwnCallerAlone(model: String) async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(#"{"id":"resp_1","object":"response","status":"completed","output":[]}"#))
        let old = Rig.deployment(
            "bot", [Rig.variant("v0", upstream.baseURL, weight: 100)], revision: 2, cache: CachePolicy(seconds: 60))
        let rig = try await Rig.caching([upstream.baseURL], pinned: [old])
        for _ in 0..<2 {
            let answer = try await rig.post(#"{"model":"\#(model)","input":"6*7?"}"#, path: "/v1/responses")
            #expect(answer.status == 200)
            #expect(answer["x-signalbox-cache"] == nil)
        }
        #expect(upstream.requests.count == 2)
    }

    @Test func variantsNeverAnswerForEachOther() async throws {
        let upstream = try ScriptedUpstream { request, _ in
            ScriptedUpstream.plain(Self.answer(request["authorization"] ?? ""))
        }
        let variants = ["a", "b"].map { Rig.variant($0, upstream.baseURL, weight: 50) }
        let bot = Rig.deployment("bot", variants, cache: CachePolicy(seconds: 60))
        let rig = try await Rig([bot])
        for user in 0..<40 {
            let answer = try await rig.post(Self.ask(#","user":"u\#(user)""#))
            #expect(answer.text.contains("canary-\(answer["x-signalbox-variant"] ?? "?")"))
        }
        #expect(upstream.requests.count == 2)
        #expect(rig.hits == 38)
    }

    @Test func aUnitsAnswersAreItsOwnWhereThePolicySaysSo() async throws {
        let upstream = try Self.numbered()
        let rig = try await Rig.caching([upstream.baseURL], policy: CachePolicy(seconds: 60, scope: .unit))
        #expect(try await rig.post(Self.ask(#","user":"u1""#))["x-signalbox-cache"] == "miss")
        #expect(try await rig.post(Self.ask(#","user":"u2""#))["x-signalbox-cache"] == "miss")
        #expect(try await rig.post(Self.ask(#","user":"u1""#))["x-signalbox-cache"] == "hit")
        // The session u1, and who is u1 for an abuse team, are not the user u1.
        let others = try await [
            rig.post(Self.ask(#","safety_identifier":"u1""#)), rig.post(Self.ask(""), fields: ["X-Signalbox-Unit: u1"]),
            rig.post(Self.ask(#","metadata":{"user_id":"u1"}"#)),
        ]
        #expect(others.map { $0["x-signalbox-cache"] } == ["miss", "miss", "miss"])
        // Nobody is nobody else.
        for _ in 0..<2 { #expect(try await rig.post(Self.ask(""))["x-signalbox-cache"] == "bypass") }
        #expect(upstream.requests.count == 7)
        #expect(rig.entries == 5)
    }

    @Test func aSessionIsNotAUserOfTheSameName() async throws {
        let upstream = try Self.numbered()
        let rig = try await Rig.caching(
            [upstream.baseURL], policy: CachePolicy(seconds: 60, scope: .unit), unit: .session)
        let session = try await rig.post(Self.ask(""), fields: ["X-Signalbox-Session: 42"])
        let user = try await rig.post(Self.ask(#","user":"42""#))
        #expect([session, user].map { $0["x-signalbox-cache"] } == ["miss", "miss"])
        let again = try await rig.post(Self.ask(#","metadata":{"session_id":"42"},"user":"7""#))
        #expect(again["x-signalbox-cache"] == "hit")
        #expect(again.text == session.text)
    }

    @Test(arguments: [
        (ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 400), 400),
        (ScriptedUpstream.plain(#"{"error":{"message":"slow down"}}"#, status: 429), 429),
        (ScriptedUpstream.plain("{}", status: 500), 502), (ScriptedUpstream.plain("half a docu"), 502),
        ([.reset], 502),
        // Whole answers, and yet not the ones that were asked for.
        (ScriptedUpstream.plain(#"{"choices":[]}"#), 200),
        (ScriptedUpstream.plain(CacheTests.answer("cut", reason: #""content_filter""#)), 200),
        (ScriptedUpstream.plain(CacheTests.answer("cut", reason: "null")), 200),
    ])
    func onlyGoodWholeAnswersAreKept(steps: [ScriptedUpstream.Step], status: Int) async throws {
        let upstream = try ScriptedUpstream(steps)
        let rig = try await Rig.caching([upstream.baseURL])
        for _ in 0..<2 {
            let answer = try await rig.post()
            #expect(answer.status == status)
            #expect(answer["x-signalbox-cache"] == "miss")
        }
        #expect(upstream.requests.count >= 2)
        #expect(rig.entries == 0)
    }

    @Test func whatAFallbackAnsweredIsNotKept() async throws {
        let dead = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 500))
        let spare = try Self.numbered()
        let rig = try await Rig.caching([dead.baseURL, spare.baseURL])
        for index in 0..<2 {
            let answer = try await rig.post()
            #expect(answer.text.contains("answer \(index)"))
            #expect(answer["x-signalbox-served-by"] == "v1")
        }
        #expect(rig.entries == 0)
    }

    @Test func whatIsTooLongIsGivenAndNotKept() async throws {
        let long = String(repeating: "long ", count: 2_000)
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.answer(long)))
        var settings = GatewaySettings()
        settings.cacheEntryBytesMax = 4_096
        settings.cacheRequestBytesMax = 1_024
        let rig = try await Rig.caching([upstream.baseURL], settings: settings)
        for _ in 0..<2 { #expect(try await rig.post().text.contains(long)) }
        #expect(upstream.requests.count == 2)
        #expect(try await rig.post(Self.ask(#","x":"\#(long)""#))["x-signalbox-cache"] == "bypass")
        #expect(rig.entries == 0)
    }

    @Test func whatTheMemoryHasNoRoomForGoes() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.answer(String(repeating: "x", count: 1_000))))
        var settings = GatewaySettings()
        settings.cacheBytesMax = 256 << 10
        let rig = try await Rig.caching([upstream.baseURL], settings: settings)
        let caller = try await Caller.connect(port: rig.port)
        for number in 0..<400 {
            try await caller.send("POST", "/v1/chat/completions", Self.ask(#","seed":\#(number)"#))
            _ = try await caller.answer()
            #expect(rig.gateway.cache.all[0].bytes <= 192 << 10)
        }
        caller.socket.close()
        #expect(rig.gateway.cache.evictions > 200)
        #expect(rig.entries > 20)
        #expect(rig.entries + rig.gateway.cache.evictions == 400)
    }

    @Test func otherSurfacesAreKeptToo() async throws {
        let answer = #"{"data":[{"embedding":[1,2]}],"usage":{"prompt_tokens":4,"total_tokens":4}}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(answer))
        let rig = try await Rig.caching([upstream.baseURL])
        let body = #"{"model":"bot","input":"hello"}"#
        #expect(try await rig.post(body, path: "/v1/embeddings")["x-signalbox-cache"] == "miss")
        #expect(try await rig.post(body, path: "/v1/embeddings").text == answer)
        // The same body is another question elsewhere.
        #expect(try await rig.post(body, path: "/v1/moderations")["x-signalbox-cache"] == "miss")
        #expect(upstream.requests.count == 2)
    }

    @Test func bodiesOfHitsAreStoredAsAllOthers() async throws {
        let upstream = try Self.numbered()
        let rig = try await Rig.caching([upstream.baseURL], storesBodies: true)
        let first = try await rig.post()
        _ = try await rig.post()
        let outcomes = await rig.outcomes.first(2)
        #expect(outcomes[1].bodies?.request.bytes == Array(Rig.question.utf8))
        #expect(outcomes[1].bodies?.answer?.bytes == first.body)
    }

    @Test func aPurgeLeavesNothingOfItsProject() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream { _, index in
            (index == 1 ? [.wait(gate)] : []) + ScriptedUpstream.plain(Self.answer("answer \(index)"))
        }
        let rig = try await Rig.caching([upstream.baseURL])
        _ = try await rig.post()
        // That of another project does nothing, to what is under way either.
        let firstGate = Gate()
        let slow = try ScriptedUpstream([.wait(firstGate)] + ScriptedUpstream.plain(Self.answer("slow")))
        let other = try await Rig.caching([slow.baseURL])
        async let slowly = other.post()
        while slow.requests.isEmpty { await Task.yield() }
        #expect(other.gateway.cache.purge { $0.project == "other" }.entries == 0)
        async let follower = other.post()
        await other.followers(1)
        firstGate.open()
        #expect(try await [slowly, follower].allSatisfy { $0.text.contains("slow") })
        #expect(other.entries == 1)
        #expect(try await rig.post()["x-signalbox-cache"] == "hit")
        // One that is under way was asked for before.
        async let running = rig.post(Self.ask(#","seed":1"#))
        while upstream.requests.count < 2 { await Task.yield() }
        let gone = rig.gateway.cache.purge { $0.project == "default" }
        #expect(gone.entries == 1)
        #expect(gone.bytes > 640)
        // Who comes later does not wait for it.
        #expect(try await rig.post(Self.ask(#","seed":1"#)).text.contains("answer 2"))
        gate.open()
        #expect(try await running.text.contains("answer 1"))
        #expect(try await rig.post(Self.ask(#","seed":1"#)).text.contains("answer 2"))
        #expect(try await rig.post()["x-signalbox-cache"] == "miss")
    }
}

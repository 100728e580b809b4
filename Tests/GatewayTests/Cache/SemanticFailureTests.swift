import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

/// What asks for a vector may fail, be late or answer nonsense: callers never see more of it than a miss.
@Suite(.timeLimit(.minutes(1))) struct SemanticFailureTests {
    @Test(arguments: [
        "[]", "[0,0,0]", "[1,null]", #"["1"]"#, "[1e999,1]", "[NaN,1]", #""AACAPw==""#, "{}", "[[1,2]]",
        "[1,2]},{\"embedding\":[1,2]", "[" + String(repeating: "1,", count: 8_192) + "1]",
    ])
    func whatIsNoVectorIsRefused(vector: String) async throws {
        let alike = try await AlikeRig(embedder: AlikeRig.embedding { _ in vector })
        for text in ["where", "where!"] { #expect(try await alike.cache(AlikeRig.ask(text)) == "miss") }
        #expect(try await alike.cache(AlikeRig.ask("where")) == "hit", "what is the very same needs none")
        #expect(try alike.tally.vectors == 2 && alike.tally.vectorFailures == 2)
        #expect(alike.vectors.count == 0)
    }

    @Test func whatFailsIsAMissAndIsCounted() async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 500))
        let alike = try await AlikeRig(embedder: failing)
        #expect(try await alike.cache(AlikeRig.ask("where")) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("where!")) == "miss")
        let outcomes = await alike.rig.outcomes.first(4)
        #expect(outcomes.map(\.status) == [.upstreamError, .ok, .upstreamError, .ok])
        #expect(try alike.tally.vectorFailures == 2 && alike.chat.requests.count == 2)
    }

    @Test func aDeploymentThatIsGoneIsAMiss() async throws {
        let alike = try await AlikeRig(policy: SemanticPolicy(embeddings: "gone"))
        #expect(try await alike.cache(AlikeRig.ask("where")) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("where")) == "hit")
        #expect(try alike.tally.vectorFailures == 1)
    }

    @Test func whatIsLateIsNotWaitedFor() async throws {
        let gate = Gate()
        let slow = try ScriptedUpstream([.wait(gate)] + ScriptedUpstream.plain(AlikeRig.answer("[1,0]")))
        defer { gate.open() }
        let alike = try await AlikeRig(
            policy: SemanticPolicy(embeddings: "embedder", milliseconds: 20), embedder: slow)
        #expect(try await alike.cache(AlikeRig.ask("where")) == "miss")
        let outcomes = await alike.rig.outcomes.first(2)
        #expect(outcomes[0].origin == .cache && outcomes[0].status == .upstreamTimeout)
        #expect(outcomes[1].status == .ok)
    }

    @Test func vectorsOfAnotherLengthAreNotCompared() async throws {
        let longer = try AlikeRig.embedding { AlikeRig.vector(of: $0, dimension: $0.hasSuffix("!") ? 4 : 3) }
        let alike = try await AlikeRig(embedder: longer)
        #expect(try await alike.cache(AlikeRig.ask("where")) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("where!")) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("where!!")) == "hit 0.99985")
        #expect(try alike.vectors.count == 2 && alike.tally.vectorFailures == 0)
    }

    /// Its fallback is another model, whose vectors mean something else.
    @Test func vectorsOfAnotherModelAreNotCompared() async throws {
        let first = try ScriptedUpstream { request, index in
            let answer = AlikeRig.answer(AlikeRig.vector(of: AlikeRig.input(of: request)))
            return ScriptedUpstream.plain(answer, status: index == 1 ? 500 : 200)
        }
        let other = try AlikeRig.embedding { AlikeRig.vector(of: $0) }
        let alike = try await AlikeRig(
            embedder: first, further: [Rig.variant("f", other.baseURL, weight: 0, model: "other-model")])
        #expect(try await alike.cache(AlikeRig.ask("where")) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("where!")) == "miss")
        #expect(other.requests.count == 1)
        #expect(try await alike.cache(AlikeRig.ask("where!!!!!")) == "hit 0.99619")
    }

    /// Words of somebody who must stay in a region leave it in no other way either.
    @Test func aQuestionStaysWithinItsRegions() async throws {
        let regions: JSONValue = ["regions": [["name": "eu", "when": "slice.country == 'de'", "allow": ["eu"]]]]
        let alike = try await AlikeRig(options: regions, regions: (bot: "eu", embedder: "us"))
        let there = ["X-Signalbox-Slice: country=de"]
        #expect(try await alike.cache(AlikeRig.ask("where"), fields: there) == "miss")
        #expect(alike.embedder.requests.isEmpty)
        #expect(await alike.rig.outcomes.first(2).map(\.status) == [.blocked, .ok])
        #expect(try await alike.cache(AlikeRig.ask("where")) == "miss")
        #expect(alike.embedder.requests.count == 1)
        // What may be said about whom is another's matter: what was answered in the region stays there.
        #expect(try await alike.cache(AlikeRig.ask("where!"), fields: there) == "miss")
    }

    /// On a busy machine a second may be over before the second caller is there.
    private static let patient = SemanticPolicy(embeddings: "embedder", milliseconds: 60_000)

    @Test func whoAsksTheSameMeanwhileWaitsForTheSameVector() async throws {
        let gate = Gate()
        let embedder = try ScriptedUpstream { request, index in
            (index == 1 ? [.wait(gate)] : [])
                + ScriptedUpstream.plain(AlikeRig.answer(AlikeRig.vector(of: AlikeRig.input(of: request))))
        }
        let alike = try await AlikeRig(policy: Self.patient, embedder: embedder)
        _ = try await alike.post("where")
        async let first = alike.cache(AlikeRig.ask("where!"))
        while embedder.requests.count < 2 { await Task.yield() }
        async let second = alike.cache(AlikeRig.ask("where!"))
        await alike.rig.followers(1)
        gate.open()
        #expect(try await [first, second] == ["hit 0.99985", "hit 0.99985"])
        #expect(embedder.requests.count == 2 && alike.chat.requests.count == 1)
    }

    @Test func streamsThatWaitForTheSameVectorAreGivenTheSameStream() async throws {
        let gate = Gate()
        let embedder = try ScriptedUpstream { request, index in
            (index == 1 ? [.wait(gate)] : [])
                + ScriptedUpstream.plain(AlikeRig.answer(AlikeRig.vector(of: AlikeRig.input(of: request))))
        }
        let alike = try await AlikeRig(policy: Self.patient, embedder: embedder)
        let whole = try await alike.post("where", #","stream":true"#).text
        async let first = alike.post("where!", #","stream":true"#)
        while embedder.requests.count < 2 { await Task.yield() }
        async let second = alike.post("where!", #","stream":true"#)
        await alike.rig.followers(1)
        gate.open()
        for answer in try await [first, second] {
            #expect(answer.text == whole && answer["x-signalbox-cache-similarity"] == "0.99985")
        }
    }

    /// It has had its status and a sign of life before anybody knew that there would be no stream to read.
    @Test func whoWouldNotWaitForTheVectorIsGivenTheSameStream() async throws {
        let gate = Gate()
        let embedder = try ScriptedUpstream { request, index in
            (index == 1 ? [.wait(gate)] : [])
                + ScriptedUpstream.plain(AlikeRig.answer(AlikeRig.vector(of: AlikeRig.input(of: request))))
        }
        let alike = try await AlikeRig(
            policy: SemanticPolicy(embeddings: "embedder", milliseconds: 30_000), embedder: embedder)
        let whole = try await alike.post("where", #","stream":true"#).text
        async let first = alike.post("where!", #","stream":true"#)
        while embedder.requests.count < 2 { await Task.yield() }
        let caller = try await Caller.connect(port: alike.rig.port)
        defer { caller.socket.close() }
        try await caller.send(
            "POST", "/v1/chat/completions", AlikeRig.ask("where!", #","stream":true"#),
            fields: ["x-stainless-read-timeout: 0.4"])
        let answer = try await caller.read { text in
            if text.contains(": ping") { gate.open() }
            return false
        }
        #expect(try await first.text == whole)
        #expect(answer.text.replacing(": ping\n\n", with: "") == whole && answer.isWhole)
        #expect(alike.chat.requests.count == 1)
    }

    @Test func aCallerWhoLeavesLeavesNothingRunning() async throws {
        let embedder = try ScriptedUpstream([.untilDeparture])
        let alike = try await AlikeRig(
            policy: SemanticPolicy(embeddings: "embedder", milliseconds: 60_000), embedder: embedder)
        let caller = try await Caller.connect(port: alike.rig.port)
        try await caller.send("POST", "/v1/chat/completions", AlikeRig.ask("where"))
        while embedder.requests.isEmpty { await Task.yield() }
        caller.socket.close()
        await embedder.departure()
        let outcomes = await alike.rig.outcomes.first(2)
        #expect(outcomes.allSatisfy { $0.status == .clientClosed })
        #expect(alike.chat.requests.isEmpty)
        #expect(try alike.tally.vectorFailures == 0, "it tells nothing about vectors")
        #expect(try await alike.rig.get("/nothing").status == 404)
    }

    /// A key that may ask twice a minute may ask two questions, whatever the cache asks for meanwhile; who may ask no
    /// more has no vector asked for either.
    @Test func aVectorIsNoRequestOfItsCallers() async throws {
        let meters = MeterBook(clock: WallClock { Timestamp(milliseconds: 1_760_000_000_000) })
        let meter = meters.meter(
            .key, id: "k1", name: "tests",
            limits: RateLimits(["requests_per_minute": 2, "requests_burst": 2, "concurrent": 1]),
            budget: Budget(["micro_usd": 1_000_000, "period": "day"]))
        let key = Principal(
            keyID: "k1", name: "tests", project: "default", role: .admin, deployments: ["bot"],
            meters: [try #require(meter)])
        let alike = try await AlikeRig(principal: key, meters: meters)
        #expect(try await alike.cache(AlikeRig.ask("where")) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("where!")) == "hit 0.99985")
        #expect(try await alike.post("where!!").status == 429)
        #expect(alike.embedder.requests.count == 2)
        // The answer and both vectors, each for 50 tokens of 2 micro-USD.
        let spent = try #require(meter?.account).current(at: Timestamp(milliseconds: 1_760_000_000_000)).spent
        #expect(spent == 6_200)
    }
}

import Domain
import HTTP
import JSON
import Reactor
import Testing

@testable import Gateway

/// Copies for shadows, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct MirrorTests {
    private static func deployment(
        _ live: String, _ shadow: LiveVariant, share: Double = 100, concurrent: Int = 4, perMinute: Int = 60,
        options: JSONObject = [:], cache: CachePolicy? = nil, storesBodies: Bool = false
    ) -> LiveDeployment {
        var options = options
        options["mirror"] = [
            "variant": "shadow", "share": .number(share), "concurrent": JSONValue(concurrent),
            "per_minute": JSONValue(perMinute),
        ]
        return Rig.deployment(
            "bot", [Rig.variant("v0", live, weight: 100, region: "eu"), shadow], storesBodies: storesBodies,
            options: .object(options), cache: cache)
    }

    private static func shadow(_ url: String, region: String? = "eu", breaker: BreakerMode = .automatic)
        -> LiveVariant
    {
        Rig.variant("shadow", url, weight: 0, model: "shadow-model", region: region, breaker: breaker)
    }

    private static func count(_ rig: Rig, _ fate: MirrorFate) -> Int {
        rig.gateway.mirrors.all.flatMap(\.counts).first { $0.fate == fate }?.count ?? 0
    }

    /// Waits until so many copies came to that.
    private static func arrival(_ rig: Rig, _ fate: MirrorFate, _ count: Int = 1) async {
        while self.count(rig, fate) < count { await Task.yield() }
    }

    @Test(arguments: [Rig.question, Rig.streamed])
    func aCopyIsAskedAndRecordedBesideWhatTheCallerGot(question: String) async throws {
        let live = try RetryTests.recovering(after: 0, [])
        let copies = try RetryTests.recovering(after: 0, [])
        let rig = try await Rig([Self.deployment(live.baseURL, Self.shadow(copies.baseURL), storesBodies: true)])
        let answer = try await rig.post(question, fields: ["X-Signalbox-Slice: language=zh", "X-Request-Id: r-1"])
        #expect(answer.status == 200 && answer["x-signalbox-variant"] == "v0")
        let outcomes = await rig.outcomes.first(2)
        let (first, second) = (outcomes[0], outcomes[1])
        #expect(first.origin == .traffic && first.mirrorOf == nil && first.variant == "v0")
        #expect(answer["x-signalbox-outcome"] == first.id.text)
        #expect(second.origin == .mirror && second.mirrorOf == first.id && second.variant == "shadow")
        #expect(second.status == .ok && second.servedBy == "shadow" && second.id != first.id)
        #expect(second.requestID == first.requestID && second.unit == first.unit && second.keyID == first.keyID)
        #expect(second.slices.map(\.value) == ["zh"] && second.isStream == first.isStream)
        #expect(second.attempts.map(\.provider) == ["provider-shadow"])
        #expect(second.tokens != nil && second.costMicroUSD != nil)
        #expect(second.bodies != nil && second.isStream == (second.firstTokenMilliseconds != nil))
        let sent = try #require(copies.requests.first)
        #expect(sent.text.contains(#""model":"shadow-model""#) && sent.text.contains("6*7?"))
        #expect(Self.count(rig, .sent) == 1)
        while rig.gateway.mirrors.all.contains(where: { $0.running > 0 }) { await Task.yield() }
    }

    @Test func theCallerNeverWaitsForTheShadow() async throws {
        let gate = Gate()
        let live = try ScriptedUpstream(RetryTests.good)
        let copies = try ScriptedUpstream([.wait(gate)] + RetryTests.good)
        let rig = try await Rig([Self.deployment(live.baseURL, Self.shadow(copies.baseURL), concurrent: 2)])
        let caller = try await Caller.connect(port: rig.port)
        defer { caller.socket.close() }
        // On one connection, while shadows answer nothing at all.
        for _ in 0..<5 {
            try await caller.send("POST", "/v1/chat/completions", Rig.question)
            #expect(try await caller.answer().status == 200)
        }
        await Self.arrival(rig, .concurrency, 3)
        #expect(Self.count(rig, .sent) == 2)
        #expect(await rig.outcomes.first(5).allSatisfy { $0.origin == .traffic })
        gate.open()
        #expect(await rig.outcomes.first(7).suffix(2).allSatisfy { $0.origin == .mirror && $0.status == .ok })
        let families = rig.gateway.mirrors.all.map { [$0.project, $0.deployment] }
        #expect(families == [["default", "bot"]])
    }

    @Test func noMoreBeginInAMinuteThanMay() async throws {
        let live = try ScriptedUpstream(RetryTests.good)
        let copies = try ScriptedUpstream(RetryTests.good)
        let rig = try await Rig([Self.deployment(live.baseURL, Self.shadow(copies.baseURL), perMinute: 2)])
        for place in 0..<5 {
            #expect(try await rig.post().status == 200)
            if place < 2 { await Self.arrival(rig, .sent, place + 1) }
            while rig.gateway.mirrors.all.contains(where: { $0.running > 0 }) { await Task.yield() }
        }
        await Self.arrival(rig, .rate, 3)
        #expect(copies.requests.count == 2)
    }

    @Test func whereARequestMayNotGoItsCopyDoesNotGoEither() async throws {
        let live = try RetryTests.recovering(after: 0, [])
        let copies = try RetryTests.recovering(after: 0, [])
        let rule: JSONObject = ["regions": [["name": "eu", "when": "stream == false", "allow": ["eu"]]]]
        let rig = try await Rig([
            Self.deployment(live.baseURL, Self.shadow(copies.baseURL, region: "us"), options: rule)
        ])
        #expect(try await rig.post().status == 200)
        await Self.arrival(rig, .region)
        #expect(copies.requests.isEmpty)
        #expect(try await rig.post(Rig.streamed).status == 200)
        await Self.arrival(rig, .sent)
        #expect(await rig.outcomes.first(3)[2].origin == .mirror)
        let told = try await rig.post(#"{"request":{"messages":[]}}"#, path: "/api/v1/deployments/bot/explain")
        let mirror = try JSONValue(parsing: told.body)["mirror"]
        #expect(mirror?["variant"] == "shadow" && mirror?["skipped"]?["code"] == "region_not_allowed")
    }

    @Test func whatFailsInTheShadowIsItsOwnAffair() async throws {
        let live = try ScriptedUpstream(RetryTests.good)
        let copies = try ScriptedUpstream { _, index in
            switch index {
            case 0: ScriptedUpstream.plain("{}", status: 500)
            case 1: ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 400)
            case 2: [.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), .close]
            default: ScriptedUpstream.plain("{}", status: 429, fields: "Retry-After: 60\r\n")
            }
        }
        let rig = try await Rig([Self.deployment(live.baseURL, Self.shadow(copies.baseURL))])
        for place in 1...4 {
            #expect(try await rig.post().text == ScriptedUpstream.completion)
            _ = await rig.outcomes.first(2 * place)
        }
        let outcomes = await rig.outcomes.first(8).filter { $0.origin == .mirror }
        #expect(outcomes.map(\.status) == [.upstreamError, .invalidRequest, .upstreamError, .rateLimited])
        #expect(outcomes.allSatisfy { $0.attemptCount == 1 })
        // It has asked to be left alone.
        #expect(try await rig.post().status == 200)
        await Self.arrival(rig, .upstream)
        #expect(copies.requests.count == 4)
    }

    /// A status that is the provider's affair, and an error in place of the first event, are no refusals of what the
    /// caller sent.
    @Test func whatFailsInTheShadowsStreamIsItsOwnAffairToo() async throws {
        let live = try RetryTests.recovering(after: 0, [])
        let copies = try ScriptedUpstream { _, index in
            switch index {
            case 0: ScriptedUpstream.plain("{}", status: 503)
            case 1: ScriptedUpstream.plain(#"{"error":{"message":"wrong key sk-12"}}"#, status: 401)
            case 2: ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 400)
            default:
                ScriptedUpstream.events([#"{"error":{"message":"late","code":503}}"#]) + [ScriptedUpstream.lastChunk]
            }
        }
        let rig = try await Rig([Self.deployment(live.baseURL, Self.shadow(copies.baseURL), storesBodies: true)])
        for place in 1...4 {
            #expect(try await rig.post(Rig.streamed).status == 200)
            _ = await rig.outcomes.first(2 * place)
        }
        let outcomes = await rig.outcomes.first(8).filter { $0.origin == .mirror }
        #expect(outcomes.map(\.status) == [.upstreamError, .upstreamError, .invalidRequest, .upstreamError])
        #expect(outcomes.map { $0.attempts.last?.error } == ["http_503", "http_401", "http_400", "http_503"])
        #expect(rig.condition("shadow").consecutiveFailures == 1 && rig.condition("shadow").windowFailures >= 2)
    }

    @Test func whatWasSaidOfTheShadowSinceTheCallBeganHolds() async throws {
        let gate = Gate()
        let live = try ScriptedUpstream([.wait(gate)] + RetryTests.good)
        let copies = try ScriptedUpstream(RetryTests.good)
        let before = Self.deployment(live.baseURL, Self.shadow(copies.baseURL))
        let rig = try await Rig([before])
        async let answer = rig.post()
        while live.requests.isEmpty { await Task.yield() }
        // The next revision has no shadow.
        let after = Rig.deployment("bot", [Rig.variant("v0", live.baseURL, weight: 100, region: "eu")], revision: 4)
        rig.gateway.names.routing.replace(with: RoutingTable([after]))
        gate.open()
        #expect(try await answer.status == 200)
        await Self.arrival(rig, .withdrawn)
        #expect(copies.requests.isEmpty && Self.count(rig, .sent) == 0)
        // Nor does an earlier revision have one that the present one does not have.
        let pinned = try await Rig(
            [Rig.deployment("bot", [Rig.variant("v0", live.baseURL, weight: 100, region: "eu")], revision: 4)],
            pinned: [Self.deployment(live.baseURL, Self.shadow(copies.baseURL))])
        #expect(try await pinned.post(Rig.question.replacing("bot", with: "bot@3")).status == 200)
        await Self.arrival(pinned, .withdrawn)
        #expect(copies.requests.isEmpty)
    }

    @Test func anEarlierRevisionIsCopiedByTheTermsOfThePresentOne() async throws {
        let live = try ScriptedUpstream(RetryTests.good)
        let copies = try ScriptedUpstream(RetryTests.good)
        let before = Self.deployment(live.baseURL, Self.shadow(copies.baseURL), perMinute: 6_000)
        var options: JSONObject = [:]
        options["mirror"] = ["variant": "shadow", "share": 100, "per_minute": 1]
        let after = Rig.deployment(
            "bot",
            [Rig.variant("v0", live.baseURL, weight: 100, region: "eu"), Self.shadow(copies.baseURL)], revision: 4,
            options: .object(options))
        let rig = try await Rig([after], pinned: [before])
        for place in 0..<4 {
            let name = place % 2 == 0 ? "bot@3" : "bot"
            #expect(try await rig.post(Rig.question.replacing("bot", with: name)).status == 200)
            if place == 0 { await Self.arrival(rig, .sent) }
            while rig.gateway.mirrors.all.contains(where: { $0.running > 0 }) { await Task.yield() }
        }
        await Self.arrival(rig, .rate, 3)
        #expect(copies.requests.count == 1)
    }

    @Test func ofWhatTheCallerGotNoAnswerToThereIsNoCopy() async throws {
        let live = try ScriptedUpstream(ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 400))
        let copies = try ScriptedUpstream(RetryTests.good)
        let rig = try await Rig([Self.deployment(live.baseURL, Self.shadow(copies.baseURL))])
        #expect(try await rig.post().status == 400)
        #expect(try await rig.post("{").status == 400)
        // Of what fails there is one: whether the shadow fares better is what it is for.
        let failing = try ScriptedUpstream(CircuitTests.failing)
        let other = try await Rig([Self.deployment(failing.baseURL, Self.shadow(copies.baseURL))])
        #expect(try await other.post().status == 502)
        #expect(await other.outcomes.first(2)[1].origin == .mirror)
        #expect(copies.requests.count == 1)
        #expect(rig.outcomes.count == 2)
    }

    @Test func whatTheCacheAnswersIsNotCopied() async throws {
        let live = try ScriptedUpstream(RetryTests.good)
        let copies = try ScriptedUpstream(RetryTests.good)
        let rig = try await Rig([
            Self.deployment(live.baseURL, Self.shadow(copies.baseURL), cache: CachePolicy(seconds: 60))
        ])
        #expect(try await rig.post()["x-signalbox-cache"] == "miss")
        _ = await rig.outcomes.first(2)
        #expect(try await rig.post()["x-signalbox-cache"] == "hit")
        _ = await rig.outcomes.first(3)
        #expect(copies.requests.count == 1 && Self.count(rig, .sent) == 1)
    }

    @Test func limitsOfWhoCallsAreNotChargedForShadows() async throws {
        let live = try ScriptedUpstream(RetryTests.good)
        let copies = try ScriptedUpstream(RetryTests.good)
        let limits: JSONObject = ["limits": ["requests_per_minute": 100]]
        let clock = HandMonotonic()
        let rig = try await Rig(
            [Self.deployment(live.baseURL, Self.shadow(copies.baseURL), options: limits)], limitClock: { clock.now })
        var left: [Int] = []
        for place in 1...3 {
            left.append(try #require(try await rig.post()["x-ratelimit-remaining-requests"].flatMap { Int($0) }))
            _ = await rig.outcomes.first(2 * place)
        }
        #expect(left == [left[0], left[0] - 1, left[0] - 2])
    }

    @Test func aShareOfNothingAndAnUpstreamThatIsSwitchedOffGetNothing() async throws {
        let live = try ScriptedUpstream(RetryTests.good)
        let copies = try ScriptedUpstream(RetryTests.good)
        let none = try await Rig([Self.deployment(live.baseURL, Self.shadow(copies.baseURL), share: 0)])
        for _ in 0..<5 { #expect(try await none.post().status == 200) }
        let off = try await Rig([
            Self.deployment(live.baseURL, Self.shadow(copies.baseURL, breaker: .forcedOpen))
        ])
        #expect(try await off.post().status == 200)
        await Self.arrival(off, .upstream)
        // Neither has what cannot be copied: a prompt that wants what nobody sent.
        #expect(copies.requests.isEmpty && none.outcomes.count == 5)
    }

    @Test func whoIsAssignedToTheShadowIsNotCopied() async throws {
        let upstream = try ScriptedUpstream(RetryTests.good)
        let deployment = Rig.deployment(
            "bot", [Rig.variant("shadow", upstream.baseURL, weight: 100)],
            options: ["mirror": ["variant": "shadow", "share": 100]])
        let rig = try await Rig([deployment])
        for _ in 0..<3 { #expect(try await rig.post().status == 200) }
        #expect(rig.outcomes.count == 3 && upstream.requests.count == 3)
    }
}

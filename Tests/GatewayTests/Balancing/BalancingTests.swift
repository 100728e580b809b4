import Domain
import HTTP
import JSON
import Reactor
import Testing

@testable import Gateway

/// A variant on several upstreams, as callers meet it.
@Suite(.timeLimit(.minutes(1))) struct BalancingTests {
    private static let cheap = Price(TokenRates(input: 1_000_000, output: 1_000_000))
    private static let dear = Price(TokenRates(input: 9_000_000, output: 9_000_000))
    private static let failing = ScriptedUpstream.plain("{}", status: 500)

    /// `provider-a` is the cheaper one, so that it is known who comes first.
    private static func pair(
        _ a: ScriptedUpstream, _ b: ScriptedUpstream, regions: (String?, String?) = (nil, nil)
    ) -> LiveVariant {
        Rig.balanced(
            .cost,
            [
                Rig.place("a", a.baseURL, price: cheap, region: regions.0),
                Rig.place("b", b.baseURL, price: dear, region: regions.1),
            ])
    }

    private static func rig(
        _ variants: [LiveVariant], fallbacks: [Int] = [], options: JSONValue = [:],
        settings: GatewaySettings = GatewaySettings(), resilience: Resilience = .unsaid
    ) async throws -> Rig {
        try await Rig(
            [
                Rig.deployment("bot", variants, fallbacks: fallbacks, options: options, resilience: resilience)
            ], settings: settings)
    }

    private static func outstanding(_ rig: Rig, _ variant: LiveVariant) -> [Int] {
        variant.places.map { place in
            rig.gateway.upstreams.health(of: place.provider, model: place.providerModel, in: "default").load
                .reading(isStream: false, at: .now()).outstanding
        }
    }

    @Test func whatAnyPlaceOfTheVariantAnsweredIsKept() async throws {
        let a = try ScriptedUpstream(Self.failing)
        let b = try ScriptedUpstream(
            ScriptedUpstream.plain(#"{"choices":[{"message":{"content":"42"},"finish_reason":"stop"}]}"#))
        let rig = try await Self.rig([Self.pair(a, b)], options: ["cache": ["ttl_s": 60]])
        #expect(try await rig.post()["x-signalbox-cache"] == "miss")
        #expect(try await rig.post()["x-signalbox-cache"] == "hit")
        #expect(a.requests.count == 1 && b.requests.count == 1)
    }

    @Test func whatFailsAtOneCountsForSpeechAsItDoesForWords() async throws {
        let a = try ScriptedUpstream(Self.failing)
        let b = try ScriptedUpstream([
            MediaTests.head("audio/mpeg"), MediaTests.chunk([1, 2, 3]), ScriptedUpstream.lastChunk,
        ])
        let places = [Rig.place("a", a.baseURL), Rig.place("b", b.baseURL)]
        var settings = GatewaySettings()
        // What is to keep callers away is how it fares, and not its breaker.
        settings.resilience.breaks = false
        let rig = try await Self.rig([Rig.balanced(.latency, places)], settings: settings)
        for _ in 0..<24 {
            #expect(try await rig.post(MediaTests.request, path: MediaTests.path).status == 200)
        }
        #expect(a.requests.count <= 2 && b.requests.count == 24)
    }

    @Test(arguments: [Rig.question, Rig.streamed])
    func whatFailsAtOneIsAskedOfTheOtherFirst(question: String) async throws {
        let a = try ScriptedUpstream(Self.failing)
        let b = try RetryTests.recovering(after: 0, [])
        let fallback = try RetryTests.recovering(after: 0, [])
        let variants = [Self.pair(a, b), Rig.variant("v1", fallback.baseURL, weight: 0)]
        let rig = try await Self.rig(variants, fallbacks: [1], resilience: RetryTests.twice)
        let answer = try await rig.post(question)
        #expect(answer.status == 200)
        // It is the variant that it was assigned to, at another place.
        #expect(answer["x-signalbox-served-by"] == nil && answer["x-signalbox-variant"] == "v0")
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.provider) == ["provider-a", "provider-b"])
        #expect(outcome.attempts.map(\.error) == ["http_500", nil])
        #expect(outcome.servedBy == "v0" && outcome.served?.provider == "provider-b" && outcome.status == .ok)
        #expect(rig.condition("a").retries == 0)
        #expect(fallback.requests.isEmpty)
    }

    @Test func thenTheLastOneIsAskedAgainAndThenTheFallback() async throws {
        let (a, b) = (try ScriptedUpstream(Self.failing), try ScriptedUpstream(Self.failing))
        let fallback = try ScriptedUpstream(RetryTests.good)
        let variants = [Self.pair(a, b), Rig.variant("v1", fallback.baseURL, weight: 0)]
        let rig = try await Self.rig(
            variants, fallbacks: [1],
            resilience: Resilience(retries: DeploymentRetries(count: 1, backoffMilliseconds: 1)))
        let answer = try await rig.post()
        #expect(answer.status == 200 && answer["x-signalbox-served-by"] == "v1")
        #expect(
            await rig.outcomes.one().attempts.map(\.provider)
                == ["provider-a", "provider-b", "provider-b", "provider-v1"])
        #expect(Self.outstanding(rig, variants[0]) == [0, 0])
    }

    @Test func aLimitAtOneSendsThisCallerAndTheNextToTheOther() async throws {
        let a = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 429, fields: "Retry-After: 60\r\n"))
        let b = try ScriptedUpstream(RetryTests.good)
        let rig = try await Self.rig([Self.pair(a, b)])
        for _ in 0..<3 { #expect(try await rig.post().status == 200) }
        #expect(a.requests.count == 1)
        let outcomes = await rig.outcomes.first(3)
        #expect(outcomes[0].attempts.map(\.error) == ["http_429", nil])
        // Whoever cools down is no candidate: nobody was passed over.
        #expect(outcomes.dropFirst().allSatisfy { $0.attempts.map(\.provider) == ["provider-b"] })
    }

    @Test func anOpenBreakerIsNoCandidateAndATrialCallTakesItBack() async throws {
        let a = try RetryTests.recovering(after: 3, Self.failing)
        let b = try ScriptedUpstream(RetryTests.good)
        var settings = CircuitTests.settings(openMilliseconds: 60_000)
        let rig = try await Self.rig([Self.pair(a, b)], settings: settings)
        for _ in 0..<6 { #expect(try await rig.post().status == 200) }
        #expect(a.requests.count == 3)
        #expect(await rig.outcomes.first(6).suffix(3).allSatisfy { $0.attempts.map(\.provider) == ["provider-b"] })
        settings.resilience.breakerOpenMilliseconds = 1
        settings.resilience.breakerOpenMaxMilliseconds = 1
        let again = try RetryTests.recovering(after: 3, Self.failing)
        let other = try await Self.rig([Self.pair(again, b)], settings: settings)
        while try await other.post().status == 200, again.requests.count < 5 {}
        #expect(other.condition("a").circuit == .closed)
    }

    @Test func whenAllAreLeftAloneItIsToldOfEach() async throws {
        let places = ["a", "b"].map { Rig.place($0, "http://127.0.0.1:1", price: Self.cheap, breaker: .forcedOpen) }
        let fallback = try ScriptedUpstream(RetryTests.good)
        let variants = [Rig.balanced(.cost, places), Rig.variant("v1", fallback.baseURL, weight: 0)]
        let rig = try await Self.rig(variants, fallbacks: [1])
        #expect(try await rig.post()["x-signalbox-served-by"] == "v1")
        let attempts = await rig.outcomes.one().attempts
        #expect(attempts.map(\.error) == ["circuit_open", "circuit_open", nil])
        #expect(attempts.map(\.provider) == ["provider-a", "provider-b", "provider-v1"])
        let alone = try await Self.rig([Rig.balanced(.cost, places)])
        #expect(try await alone.post().status == 503)
    }

    @Test func placesThatCoolDownComeAfterAFallbackAndThoseThatFailedDoNotComeAgain() async throws {
        let a = try ScriptedUpstream(Self.failing)
        let b = try RetryTests.recovering(
            ScriptedUpstream.plain("{}", status: 429, fields: "Retry-After: 60\r\n"))
        let fallback = try ScriptedUpstream(Self.failing)
        let variants = [Self.pair(a, b), Rig.variant("v1", fallback.baseURL, weight: 0)]
        let rig = try await Self.rig(variants, fallbacks: [1])
        #expect(try await rig.post().status == 502)
        #expect(try await rig.post().status == 200)
        let outcome = await rig.outcomes.first(2)[1]
        #expect(outcome.attempts.map(\.provider) == ["provider-a", "provider-b", "provider-v1", "provider-b"])
        #expect(outcome.attempts.map(\.error) == ["http_500", "cooling_down", "http_500", nil])
    }

    @Test(arguments: BalancePolicy.allCases)
    func noPolicyLeavesTheRegion(policy: BalancePolicy) async throws {
        let us = try ScriptedUpstream(RetryTests.good)
        let eu = try RetryTests.recovering(after: 12, Self.failing)
        let nowhere = try ScriptedUpstream(RetryTests.good)
        let variant = Rig.balanced(
            policy,
            [
                Rig.place("a", us.baseURL, price: Self.cheap, region: "us"),
                Rig.place("b", eu.baseURL, price: Self.dear, region: "eu"), Rig.place("c", nowhere.baseURL),
            ], shares: policy == .weighted ? [90, 0, 10] : [])
        let rule: JSONValue = ["regions": [["name": "eu", "when": "stream == false", "allow": ["eu"]]]]
        let rig = try await Self.rig([variant], options: rule)
        for _ in 0..<12 { #expect(try await [502, 503].contains(rig.post().status)) }
        rig.gateway.upstreams.endCoolDowns(of: "provider-b", in: "default")
        #expect(us.requests.isEmpty && nowhere.requests.isEmpty)
        #expect(await rig.outcomes.first(12).allSatisfy { $0.attempts.allSatisfy { $0.provider == "provider-b" } })
        // Of whom the rule says nothing may go anywhere.
        for _ in 0..<4 { _ = try await rig.post(Rig.streamed) }
        #expect(us.requests.count + nowhere.requests.count > 0)
    }

    @Test func aDepartedCallerLeavesNothingOutstanding() async throws {
        let a = try ScriptedUpstream([.untilDeparture])
        let b = try ScriptedUpstream(RetryTests.good)
        let variant = Self.pair(a, b)
        let rig = try await Self.rig([variant])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        while a.requests.isEmpty { await Task.yield() }
        #expect(Self.outstanding(rig, variant) == [1, 0])
        caller.socket.close()
        await a.departure()
        _ = await rig.outcomes.one()
        #expect(Self.outstanding(rig, variant) == [0, 0])
    }

    @Test func whileOneIsBusyTheOtherIsAsked() async throws {
        let gate = Gate()
        let a = try ScriptedUpstream([.wait(gate)] + RetryTests.good)
        let b = try ScriptedUpstream(RetryTests.good)
        let variant = Rig.balanced(
            .leastOutstanding, [Rig.place("a", a.baseURL), Rig.place("b", b.baseURL)])
        let rig = try await Self.rig([variant])
        var held: Caller?
        while held == nil {
            let caller = try await Caller.connect(port: rig.port)
            let before = rig.outcomes.count
            try await caller.send("POST", "/v1/chat/completions", Rig.question)
            while rig.outcomes.count == before, a.requests.isEmpty { await Task.yield() }
            if a.requests.isEmpty { caller.socket.close() } else { held = caller }
        }
        for _ in 0..<10 { #expect(try await rig.post().status == 200) }
        #expect(a.requests.count == 1)
        gate.open()
        #expect(try await held?.answer().status == 200)
    }

    @Test func itIsExplainedWhoWouldBeAskedAndWhy() async throws {
        let places = [
            Rig.place("a", "http://127.0.0.1:1", price: Self.cheap, region: "us"),
            Rig.place("b", "http://127.0.0.1:1", price: Self.dear, region: "eu"),
            Rig.place("c", "http://127.0.0.1:1", region: "eu", breaker: .forcedOpen),
        ]
        let rule: JSONValue = ["regions": [["name": "eu", "when": "stream", "allow": ["eu"]]]]
        let rig = try await Self.rig([Rig.balanced(.cost, places)], options: rule)
        func explained(_ request: JSONValue) async throws -> JSONValue {
            let answer = try await rig.post(
                JSONValue.object(["request": request]).text, path: "/api/v1/deployments/bot/explain")
            #expect(answer.status == 200)
            return try #require(try JSONValue(parsing: answer.body)["tries"]?[0])
        }
        let anywhere = try await explained(["messages": []])
        #expect(anywhere["balance"] == "cost" && anywhere["upstream"] == "provider-a")
        #expect(anywhere["why"]?.stringValue?.isEmpty == false)
        #expect(anywhere["upstreams"]?[0]?["ordinary_cost_micro_usd"] == 5_000)
        #expect(anywhere["upstreams"]?[1]?["ordinary_cost_micro_usd"] == 45_000)
        #expect(anywhere["upstreams"]?[0]?["skipped"] == .null)
        #expect(anywhere["upstreams"]?[2]?["skipped"]?["code"] == "circuit_open")
        #expect(anywhere["skipped"] == .null)
        let within = try await explained(["messages": [], "stream": true])
        #expect(within["upstream"] == "provider-b")
        #expect(within["upstreams"]?[0]?["skipped"]?["code"] == "region_not_allowed")
        #expect(within["why"] == "no other would be asked now")
    }

    @Test func whatOneProviderKeepsCannotBeNamedWhereThereAreSeveral() async throws {
        let a = try ScriptedUpstream(RetryTests.good)
        let rig = try await Self.rig([Self.pair(a, a)])
        let body = #"{"model":"bot","input":"and then?","previous_response_id":"resp_1"}"#
        let answer = try await rig.post(body, path: "/v1/responses")
        #expect(answer.status == 400 && a.requests.isEmpty)
    }
}

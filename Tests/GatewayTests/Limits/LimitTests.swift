import Domain
import HTTP
import JSON
import Reactor
import Support
import Testing

@testable import Gateway

/// Limits and budgets on the way of a request: who is refused, with what words, and what is given back.
@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    static func limits(
        requests: Int64? = nil, tokens: Int64? = nil, concurrent: Int64? = nil
    ) -> RateLimits {
        var limits = RateLimits()
        limits.requestsPerMinute = requests
        limits.tokensPerMinute = tokens
        limits.concurrent = concurrent
        return limits
    }

    struct Parts {
        let clock = HandClock()
        let book: MeterBook

        init() {
            let hand = clock
            book = MeterBook(clock: WallClock { hand.now })
        }

        /// Of the clock that limits go by, in nanoseconds.
        var now: UInt64 { UInt64(clock.now.milliseconds) * 1_000_000 }

        func meter(limits: RateLimits? = nil, budget: Budget? = nil) -> [Meter] {
            [book.meter(.key, id: "k1", name: "tests", limits: limits, budget: budget)].compactMap { $0 }
        }

        func rig(
            _ variants: [LiveVariant], key: [Meter] = [], options: DeploymentOptions = DeploymentOptions(),
            settings: GatewaySettings = GatewaySettings(), pinned: [LiveDeployment] = []
        ) async throws -> Rig {
            let hand = clock
            return try await Rig(
                [
                    LiveDeployment(
                        id: "d-bot", project: "default", name: "bot", environment: "production", revision: 3,
                        options: options, variants: variants)
                ],
                principal: Principal(keyID: "k1", name: "tests", project: "default", role: .admin, meters: key),
                pinned: pinned, settings: settings, meters: book, clock: WallClock { hand.now },
                limitClock: { MonotonicInstant(nanoseconds: UInt64(hand.now.milliseconds) * 1_000_000) })
        }
    }

    static func variant(
        _ upstream: ScriptedUpstream, _ name: String = "v0", weight: Double = 100, limits: RateLimits? = nil,
        price: Price? = Price(TokenRates(input: 2_000_000, output: 8_000_000))
    ) -> LiveVariant {
        LiveVariant(
            name: name, weight: Weight(percent: weight) ?? .whole,
            provider: LiveProvider(
                id: "p-\(name)", name: "provider-\(name)", kind: "openai", baseURL: upstream.baseURL, credential: nil,
                allowPrivate: true, limits: limits),
            providerModel: "m", model: "m@1", price: price)
    }

    static func answering() throws -> ScriptedUpstream {
        try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
    }

    @Test func aRequestBeyondTheLimitIsRefusedWithWhenToComeAgain() async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        let rig = try await parts.rig([Self.variant(upstream)], key: parts.meter(limits: Self.limits(requests: 50)))
        let first = try await rig.post()
        #expect(first.status == 200)
        #expect(first["x-ratelimit-limit-requests"] == "50")
        #expect(first["x-ratelimit-remaining-requests"] == "1")
        #expect(first["x-ratelimit-reset-requests"] == "1.22s")
        #expect(first["x-ratelimit-limit-tokens"] == nil)
        #expect(try await rig.post().status == 200)
        let refused = try await rig.post()
        #expect(refused.status == 429)
        #expect(refused.error("type") == "rate_limit_error")
        #expect(refused.error("code") == "rate_limit_exceeded")
        #expect(refused.error("param") == "key.requests_per_minute")
        #expect(refused.error("message")?.contains("requests_per_minute of the key tests is reached (50)") == true)
        #expect(refused["retry-after"] == "2")
        #expect(refused["retry-after-ms"] == "1225")
        #expect(refused["x-ratelimit-remaining-requests"] == "0")
        #expect(refused["x-signalbox-outcome"] != nil)
        #expect(upstream.requests.count == 2)
        let outcome = await rig.outcomes.first(3)[2]
        #expect(outcome.status == .rateLimited)
        #expect(outcome.error == "rate_limit_exceeded")
        #expect(outcome.variant == "v0")
        #expect(outcome.attempts.isEmpty)
        #expect(rig.gateway.counters.refusedByLimits.first { $0.kind == .key && $0.limit == .requests }?.count == 1)
    }

    @Test func tokensAreReservedByAnEstimateAndSettledWithTheTruth() async throws {
        // It uses 1,500 of what it was given.
        let upstream = try Self.answering()
        let parts = Parts()
        let meters = parts.meter(limits: Self.limits(tokens: 10_000))
        let rig = try await parts.rig([Self.variant(upstream)], key: meters)
        let answer = try await rig.post(#"{"model":"bot","max_tokens":5000,"messages":[]}"#)
        #expect(answer.status == 200)
        #expect(answer["x-ratelimit-limit-tokens"] == "10000")
        // Of input a token is reserved for every four bytes.
        #expect(answer["x-ratelimit-remaining-tokens"] == String(5_000 - (upstream.requests[0].body.count + 3) / 4))
        _ = await rig.outcomes.one()
        // A nanosecond is kept, and so the last of the tokens is not whole.
        #expect(meters[0].tokenState(at: parts.now)?.remaining == 8_499)
        // Two of 5,000 do not fit beside the 1,500; one of 5,000 does.
        let large = try await rig.post(#"{"model":"bot","max_tokens":9000,"messages":[]}"#)
        #expect(large.status == 429)
        #expect(large.error("param") == "key.tokens_per_minute")
        #expect(try await rig.post(#"{"model":"bot","max_tokens":5000,"messages":[]}"#).status == 200)
    }

    /// A 429 would be tried again by every SDK, in vain.
    @Test func whatNeverFitsIsRefusedForGoodWithTheLimitAndTheEstimate() async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        let rig = try await parts.rig([Self.variant(upstream)], key: parts.meter(limits: Self.limits(tokens: 1_000)))
        // What is assumed where the caller sets no bound.
        let answer = try await rig.post()
        #expect(answer.status == 400)
        #expect(answer.error("type") == "invalid_request_error")
        #expect(answer.error("code") == "limit_too_small")
        #expect(answer.error("param") == "key.tokens_per_minute")
        let message = try #require(answer.error("message"))
        #expect(message.contains("estimated at 4111 tokens"))
        #expect(message.contains("of the key tests never lets more than 1000 through at once"))
        #expect(answer["retry-after"] == nil)
        #expect(await rig.outcomes.one().status == .invalidRequest)
        #expect(try await rig.post(#"{"model":"bot","max_tokens":10,"messages":[]}"#).status == 200)
        #expect(upstream.requests.count == 1)
    }

    @Test func runningInferencesHoldTheirPlacesUntilTheyEnd() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream { _, index in
            (index == 0 ? [.wait(gate)] : []) + ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let parts = Parts()
        let meters = parts.meter(limits: Self.limits(concurrent: 1))
        let rig = try await parts.rig([Self.variant(upstream)], key: meters)
        async let first = rig.post()
        while upstream.requests.isEmpty { await Task.yield() }
        let second = try await rig.post()
        #expect(second.status == 429)
        #expect(second.error("param") == "key.concurrent")
        #expect(second["retry-after-ms"] == "250")
        gate.open()
        let whole = try await first
        #expect(whole.status == 200)
        #expect(try await rig.post().status == 200)
        #expect(meters[0].running == 0)
    }

    @Test func aStreamHoldsItsPlaceToItsLastEvent() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [
                .wait(gate), .close,
            ])
        let parts = Parts()
        let meters = parts.meter(limits: Self.limits(concurrent: 1))
        let rig = try await parts.rig([Self.variant(upstream)], key: meters)
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        _ = try await caller.read { $0.contains("4") }
        #expect(meters[0].running == 1)
        gate.open()
        _ = await rig.outcomes.one()
        #expect(meters[0].running == 0)
        caller.socket.close()
    }

    @Test func aBudgetIsNeverExceededAndToldAsOpenAITellsItsOwn() async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        // Each costs 6,000: 1,000 × 2 + 500 × 8; the body's bytes and 500 output tokens are reserved.
        let budget = Budget(microUSD: 14_000, period: .day, alertAt: 0.5)
        let meters = parts.meter(budget: budget)
        let rig = try await parts.rig([Self.variant(upstream)], key: meters)
        let body =
            #"{"model":"bot","max_tokens":500,"messages":[{"role":"user","content":""#
            + String(repeating: "x", count: 1_000) + #""}]}"#
        #expect(try await rig.post(body).status == 200)
        #expect(try await rig.post(body).status == 200)
        let refused = try await rig.post(body)
        #expect(refused.status == 429)
        #expect(refused.error("type") == "insufficient_quota")
        #expect(refused.error("code") == "budget_exceeded")
        #expect(refused.error("param") == "key.budget")
        #expect(
            refused.error("message")?.contains("the key tests has $0.002 left of its budget of $0.014 a day") == true)
        #expect(refused["retry-after"] == "53700")
        #expect(parts.book.spending(of: LimitedSubject(.key, "k1"))?.spent == 12_000)
        #expect(rig.gateway.counters.budgetAlerts == 1)
        #expect(rig.gateway.counters.budgetOverruns == 0)
        let outcomes = await rig.outcomes.first(3)
        #expect(outcomes.map(\.chargeMicroUSD) == [6_000, 6_000, nil])
        #expect(outcomes[2].status == .rateLimited)
        #expect(outcomes[2].error == "budget_exceeded")
        parts.clock.advance(milliseconds: 53_699_750)
        #expect(try await rig.post(body).status == 200)
        #expect(parts.book.spending(of: LimitedSubject(.key, "k1"))?.spent == 6_000)
    }

    @Test func withoutABoundTheModelsOwnIsReserved() async throws {
        let upstream = try Self.answering()
        for (most, status) in [(Int64(1_000), 200), (1_001, 400)] {
            let parts = Parts()
            let price = Price(TokenRates(input: 0, output: 1_000_000), outputTokensMax: most)
            let rig = try await parts.rig(
                [Self.variant(upstream, price: price)], key: parts.meter(budget: Budget(microUSD: 1_000, period: .day)))
            #expect(try await rig.post().status == status)
            // Two answers are twice as much.
            #expect(try await rig.post(#"{"model":"bot","n":2,"max_tokens":501,"messages":[]}"#).status == 400)
        }
    }

    @Test func underABudgetWhatHasNoPriceIsRefusedUnlessItIsAllowed() async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        let meters = parts.meter(budget: Budget(microUSD: 1_000_000, period: .day))
        let strict = try await parts.rig([Self.variant(upstream, price: nil)], key: meters)
        let refused = try await strict.post()
        #expect(refused.status == 403)
        #expect(await strict.outcomes.one().status == .blocked)
        #expect(refused.error("code") == "price_unknown")
        #expect(refused.error("type") == "insufficient_quota")
        var settings = GatewaySettings()
        settings.allowsUnpricedUnderBudget = true
        let lax = try await parts.rig([Self.variant(upstream, price: nil)], key: meters, settings: settings)
        #expect(try await lax.post().status == 200)
        #expect(await lax.outcomes.one().costMicroUSD == nil)
        #expect(parts.book.spending(of: LimitedSubject(.key, "k1"))?.spent == 0)
    }

    @Test func theDeploymentsLimitHoldsForAllItsCallersAndItsEarlierRevisions() async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        var options = DeploymentOptions()
        options.limits = Self.limits(requests: 1)
        let earlier = LiveDeployment(
            id: "d-bot", project: "default", name: "bot", environment: "production", revision: 1,
            variants: [Self.variant(upstream)])
        let rig = try await parts.rig([Self.variant(upstream)], options: options, pinned: [earlier])
        #expect(try await rig.post().status == 200)
        for body in [Rig.question, Rig.question.replacing("bot", with: "bot@1")] {
            let refused = try await rig.post(body)
            #expect(refused.error("param") == "deployment.requests_per_minute")
            #expect(refused.error("message")?.contains("the deployment bot") == true)
        }
    }

    @Test func aProvidersLimitIsAReasonToFallBack() async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        var options = DeploymentOptions()
        options.fallbacks = ["v1"]
        let variants = [
            Self.variant(upstream, "v0", limits: Self.limits(requests: 1)), Self.variant(upstream, "v1", weight: 0),
        ]
        let rig = try await parts.rig(variants, options: options)
        #expect(try await rig.post().status == 200)
        #expect(try await rig.post().status == 200)
        let outcome = await rig.outcomes.first(2)[1]
        #expect(outcome.servedBy == "v1")
        #expect(outcome.attempts.map(\.error) == ["rate_limit_exceeded", nil])
        // Where nobody is left, the caller is told.
        let alone = try await parts.rig([Self.variant(upstream, "v0", limits: Self.limits(requests: 1))])
        let refused = try await alone.post()
        #expect(refused.status == 429)
        #expect(refused.error("param") == "provider.requests_per_minute")
        #expect(await alone.outcomes.one().status == .rateLimited)
    }

    @Test func aDearerFallbackIsPromisedForAsWell() async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 503))
        let upstream = try Self.answering()
        var options = DeploymentOptions()
        options.fallbacks = ["v1"]
        for (amount, status) in [(Int64(500_000), 200), (20_000, 502)] {
            let parts = Parts()
            let variants = [
                Self.variant(failing, "v0", price: Price(TokenRates(input: 0, output: 1_000_000))),
                Self.variant(upstream, "v1", weight: 0, price: Price(TokenRates(input: 0, output: 100_000_000))),
            ]
            let rig = try await parts.rig(
                variants, key: parts.meter(budget: Budget(microUSD: amount, period: .day)), options: options)
            #expect(try await rig.post(#"{"model":"bot","max_tokens":500,"messages":[]}"#).status == status)
            let state = try #require(parts.book.spending(of: LimitedSubject(.key, "k1")))
            #expect(state.promised == 0)
            #expect(state.spent == (status == 200 ? 50_000 : 0))
        }
    }

    @Test func anAnswerThatIsTooLargeToBeReadCostsWhatWasReserved() async throws {
        var settings = GatewaySettings()
        settings.plainAnswerBytesMax = 100_000
        let body = #"{"choices":[],"x":""# + String(repeating: "z", count: 300_000) + #""}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let parts = Parts()
        let price = Price(TokenRates(input: 0, output: 1_000_000))
        let rig = try await parts.rig(
            [Self.variant(upstream, price: price)], key: parts.meter(budget: Budget(microUSD: 10_000, period: .day)),
            settings: settings)
        #expect(try await rig.post(#"{"model":"bot","max_tokens":700,"messages":[]}"#).status == 200)
        #expect(await rig.outcomes.one().chargeMicroUSD == 700)
        #expect(parts.book.spending(of: LimitedSubject(.key, "k1"))?.spent == 700)
    }

    @Test func whatTheProviderRefusedCostsNothing() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 400))
        let parts = Parts()
        let meters = parts.meter(limits: Self.limits(tokens: 10_000), budget: Budget(microUSD: 1_000_000, period: .day))
        let rig = try await parts.rig([Self.variant(upstream)], key: meters)
        #expect(try await rig.post().status == 400)
        _ = await rig.outcomes.one()
        #expect(parts.book.spending(of: LimitedSubject(.key, "k1"))?.spent == 0)
        #expect(parts.book.spending(of: LimitedSubject(.key, "k1"))?.promised == 0)
    }

    @Test func whoeverLeavesGivesBackTheirPlaceAndPaysForAllThatMayHaveBeenDone() async throws {
        let upstream = try ScriptedUpstream([.untilDeparture])
        let parts = Parts()
        let meters = parts.meter(
            limits: Self.limits(concurrent: 1), budget: Budget(microUSD: 1_000_000, period: .day))
        let rig = try await parts.rig([Self.variant(upstream)], key: meters)
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        while upstream.requests.isEmpty { await Task.yield() }
        caller.socket.close()
        #expect(await rig.outcomes.one().status == .clientClosed)
        #expect(meters[0].running == 0)
        let state = try #require(parts.book.spending(of: LimitedSubject(.key, "k1")))
        #expect(state.promised == 0)
        // 4,096 tokens are assumed where nobody says how many there will be.
        #expect(state.spent == Int64(upstream.requests[0].body.count) * 2 + 4_096 * 8)
        let outcome = await rig.outcomes.one()
        #expect(outcome.chargeMicroUSD == state.spent)
        #expect(outcome.costMicroUSD == nil)
    }

    @Test func withoutLimitsNothingIsCountedOrShown() async throws {
        let upstream = try Self.answering()
        let rig = try await Parts().rig([Self.variant(upstream)])
        let answer = try await rig.post()
        #expect(answer.status == 200)
        #expect(answer["x-ratelimit-limit-requests"] == nil)
        #expect(await rig.outcomes.one().chargeMicroUSD == 6_000)
    }

    @Test(
        arguments: [
            (0, "0ms"), (1, "1ms"), (612_000_000, "612ms"), (1_000_000_000, "1s"), (7_660_000_000, "7.66s"),
            (7_060_000_000, "7.06s"), (59_999_000_000, "59.99s"), (60_000_000_000, "1m0s"), (360_000_000_000, "6m0s"),
            (.max, "307445734m33s"),
        ] as [(UInt64, String)])
    func timesAreWrittenAsOpenAIDoes(nanoseconds: UInt64, text: String) {
        var headers = Headers()
        headers.add(known: "x-ratelimit-reset-tokens", atMost: ResetTime.countMax) {
            ResetTime.write(nanoseconds, to: $0)
        }
        #expect(headers["x-ratelimit-reset-tokens"] == text)
    }

    @Test(
        arguments: [(0, "$0.00"), (1, "$0.000001"), (1_250_000, "$1.25"), (10_000_000, "$10.00")] as [(Int64, String)])
    func moneyIsWrittenWithoutRounding(microUSD: Int64, text: String) {
        #expect(LimitRefusal.usd(microUSD) == text)
    }

    /// What the variant says of the length of its answers is what will be written, whatever the caller wrote.
    @Test(arguments: ["1", "1.0", "1e0"])
    func whatAVariantOverridesIsReserved(_ asked: String) async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        let variant = LiveVariant(
            name: "v0", weight: .whole,
            provider: LiveProvider(
                id: "p", name: "p", kind: "openai", baseURL: upstream.baseURL, credential: nil, allowPrivate: true),
            providerModel: "m", model: "m@1", parameters: ["max_tokens": 100_000])
        let rig = try await parts.rig([variant], key: parts.meter(limits: Self.limits(tokens: 5_000)))
        let body = #"{"model":"bot","max_tokens":\#(asked),"messages":[]}"#
        #expect(try await rig.post(body).status == 400)
    }

    @Test func aFractionOrAnExponentIsANumberOfTokens() async throws {
        let upstream = try Self.answering()
        let parts = Parts()
        let rig = try await parts.rig([Self.variant(upstream)], key: parts.meter(limits: Self.limits(tokens: 5_000)))
        #expect(try await rig.post(#"{"model":"bot","max_tokens":1e5,"messages":[]}"#).status == 400)
        #expect(try await rig.post(#"{"model":"bot","max_tokens":9e300,"messages":[]}"#).status == 400)
        #expect(try await rig.post(#"{"model":"bot","max_tokens":10.0,"messages":[]}"#).status == 200)
        // Less than nothing is nothing.
        for number in ["-9e300", "-1", "-0.5"] {
            let body = #"{"model":"bot","n":\#(number),"max_tokens":10,"messages":[]}"#
            #expect(try await rig.post(body).status == 200)
        }
    }
}

import Domain
import JSON
import Support
import Testing

@testable import Gateway

/// What is counted of tries that gave nothing, of answers that broke off, and of what nobody here can see.
@Suite(.timeLimit(.minutes(1))) struct BillTests {
    private typealias Parts = LimitTests.Parts

    private static let key = LimitedSubject(.key, "k1")
    private static let body = #"{"model":"bot","max_tokens":500,"messages":[]}"#
    private static let streamed = #"{"model":"bot","max_tokens":500,"stream":true,"messages":[]}"#
    /// 1 micro-USD for a token that is written, nothing for what is read.
    private static let price = Price(TokenRates(input: 0, output: 1_000_000))

    private static func options(_ fallbacks: [String] = ["v1"]) -> DeploymentOptions {
        var options = DeploymentOptions()
        options.fallbacks = fallbacks
        return options
    }

    /// A try that fails, and one that answers with 500 tokens.
    private static func pair(
        _ parts: Parts, failing steps: [ScriptedUpstream.Step], tokens: Int64? = nil, budget: Int64? = nil
    ) async throws -> (rig: Rig, meter: Meter?, upstreams: [ScriptedUpstream]) {
        let first = try ScriptedUpstream(steps)
        let second = try LimitTests.answering()
        let meters = parts.meter(
            limits: tokens.map { LimitTests.limits(tokens: $0) },
            budget: budget.map { Budget(microUSD: $0, period: .day) })
        let rig = try await parts.rig(
            [
                LimitTests.variant(first, "v0", price: price),
                LimitTests.variant(second, "v1", weight: 0, price: price),
            ], key: meters, options: options())
        return (rig, meters.first, [first, second])
    }

    private static func spent(_ parts: Parts) throws -> Int64 {
        let state = try #require(parts.book.spending(of: key))
        #expect(state.promised == 0)
        return state.spent
    }

    @Test func whatAFailedTryToldIsChargedBesideTheAnswer() async throws {
        let parts = Parts()
        let failure = #"{"error":{"message":"late"},"usage":{"prompt_tokens":100,"completion_tokens":70}}"#
        let (rig, meter, upstreams) = try await Self.pair(
            parts, failing: ScriptedUpstream.plain(failure, status: 503), tokens: 10_000, budget: 100_000)
        #expect(try await rig.post(Self.body).status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.servedBy == "v1")
        #expect(outcome.chargeMicroUSD == 570)
        #expect(outcome.costMicroUSD == 570)
        #expect(outcome.tokens?.output == 500)
        #expect(upstreams.map(\.requests.count) == [1, 1])
        #expect(try Self.spent(parts) == 570)
        #expect(meter?.tokenState(at: parts.now)?.remaining == 8_330)
    }

    @Test func anErrorWithoutUsageCostsNothing() async throws {
        let parts = Parts()
        let (rig, _, upstreams) = try await Self.pair(
            parts, failing: ScriptedUpstream.plain("{}", status: 503), budget: 100_000)
        #expect(try await rig.post(Self.body).status == 200)
        #expect(upstreams.map(\.requests.count) == [1, 1])
        #expect(try Self.spent(parts) == 500)
    }

    /// The connection breaks before the head or within the body: how far the provider came, nobody knows.
    @Test(
        arguments: [
            [.close],
            [.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"), .close],
        ] as [[ScriptedUpstream.Step]])
    func ofATryThatBreaksOffWhatWasReservedStands(_ steps: [ScriptedUpstream.Step]) async throws {
        let parts = Parts()
        let (rig, meter, upstreams) = try await Self.pair(parts, failing: steps, tokens: 10_000, budget: 2_000)
        #expect(try await rig.post(Self.body).status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.chargeMicroUSD == 1_000)
        #expect(outcome.costMicroUSD == 500)
        #expect(try Self.spent(parts) == 1_000)
        let estimate = 500 + (upstreams[0].requests[0].body.count + 3) / 4
        #expect(meter?.tokenState(at: parts.now)?.remaining == UInt64(10_000 - 1_500 - estimate))
    }

    @Test func afterSuchATryTheNextOneIsPromisedForBesideIt() async throws {
        let parts = Parts()
        let (rig, _, upstreams) = try await Self.pair(parts, failing: [.close], budget: 999)
        #expect(try await rig.post(Self.body).status == 502)
        #expect(await rig.outcomes.one().attempts.last?.error == "budget_exceeded")
        #expect(upstreams[1].requests.isEmpty)
        #expect(try Self.spent(parts) == 500)
    }

    /// The caller was not refused: its provider failed, and somebody else may do better for nothing.
    @Test(arguments: [true, false])
    func aRetryThatALimitRefusesIsNotWhatTheCallerIsTold(hasFallback: Bool) async throws {
        let parts = Parts()
        let first = try ScriptedUpstream([.close])
        let second = try LimitTests.answering()
        var options = Self.options(hasFallback ? ["v1"] : [])
        options.resilience = Resilience(retries: DeploymentRetries(count: 1, backoffMilliseconds: 1))
        let rig = try await parts.rig(
            [
                LimitTests.variant(first, "v0", price: Self.price),
                LimitTests.variant(second, "v1", weight: 0, price: Price(TokenRates(input: 0, output: 0))),
            ], key: parts.meter(budget: Budget(microUSD: 999, period: .day)), options: options)
        let answer = try await rig.post(Self.body)
        let outcome = await rig.outcomes.one()
        #expect(answer.status == (hasFallback ? 200 : 502))
        #expect(outcome.status == (hasFallback ? .ok : .upstreamError))
        let errors = outcome.attempts.map(\.error)
        #expect(errors == ["connection_lost", "budget_exceeded"] + (hasFallback ? [nil] : []))
        #expect(first.requests.count == 1)
        #expect(try Self.spent(parts) == 500)
    }

    @Test func aStreamThatBreaksOffIsShownByWhatWasSaidAndChargedByWhatMayHaveBeenThought() async throws {
        let parts = Parts()
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events((0..<10).map { _ in ScriptedUpstream.delta("four") }) + [.close])
        let rig = try await parts.rig(
            [LimitTests.variant(upstream, price: Self.price)],
            key: parts.meter(budget: Budget(microUSD: 5_000, period: .day)))
        _ = try await rig.post(Self.streamed)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .brokenStream)
        #expect(outcome.areTokensEstimated)
        #expect(outcome.costMicroUSD == 10)
        #expect(outcome.chargeMicroUSD == 500)
        #expect(try Self.spent(parts) == 500)
    }

    /// A whole answer without usage is as long as it is: its bytes bound its tokens, those of all its choices.
    @Test func anAnswerWithoutUsageIsChargedByAllThatItSays() async throws {
        let parts = Parts()
        let said = #"{"message":{"content":"four"},"finish_reason":"stop"}"#
        let answer = #"{"choices":[\#(said),\#(said)]}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(answer))
        let rig = try await parts.rig(
            [LimitTests.variant(upstream, price: Self.price)],
            key: parts.meter(budget: Budget(microUSD: 5_000, period: .day)))
        _ = try await rig.post(Self.body)
        #expect(await rig.outcomes.one().chargeMicroUSD == Int64(answer.utf8.count))
        #expect(try Self.spent(parts) == Int64(answer.utf8.count))
    }

    /// A fallback that is asked on the day after the first try: it is promised for on that day, and neither brings the
    /// old one back nor makes the new one begin again.
    @Test func aTryOnTheDayAfterIsPromisedForOnThatDay() async throws {
        let parts = Parts()
        parts.clock.advance(milliseconds: 53_699_749)
        let gate = Gate()
        let first = try ScriptedUpstream { _, index in
            index == 0 ? [.wait(gate), .close] : ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let second = try LimitTests.answering()
        let rig = try await parts.rig(
            [
                LimitTests.variant(first, "v0", price: Self.price),
                LimitTests.variant(second, "v1", weight: 0, price: Self.price),
            ], key: parts.meter(budget: Budget(microUSD: 1_200, period: .day)), options: Self.options())
        async let late = rig.post(Self.body)
        while first.requests.isEmpty { await Task.yield() }
        parts.clock.advance(milliseconds: 1)
        #expect(try await rig.post(Self.body).status == 200)
        #expect(try Self.spent(parts) == 500)
        gate.open()
        #expect(try await late.status == 200)
        _ = await rig.outcomes.first(2)
        #expect(try Self.spent(parts) == 500)
        #expect(try await rig.post(Self.body).status == 200)
        #expect(try await rig.post(Self.body).error("code") == "budget_exceeded")
        #expect(try Self.spent(parts) == 1_000)
    }

    @Test func aProvidersTokensAreThoseOfItsOwnTries() async throws {
        let parts = Parts()
        let first = try ScriptedUpstream([.close])
        let second = try LimitTests.answering()
        let rig = try await parts.rig(
            [
                LimitTests.variant(first, "v0", limits: LimitTests.limits(tokens: 10_000, concurrent: 1)),
                LimitTests.variant(second, "v1", weight: 0, limits: LimitTests.limits(tokens: 10_000, concurrent: 1)),
            ], options: Self.options())
        #expect(try await rig.post(Self.body).status == 200)
        _ = await rig.outcomes.one()
        let one = try #require(parts.book.meter(of: LimitedSubject(.provider, "p-v0")))
        let other = try #require(parts.book.meter(of: LimitedSubject(.provider, "p-v1")))
        let estimate = UInt64(500 + (first.requests[0].body.count + 3) / 4)
        #expect(one.tokenState(at: parts.now)?.remaining == 10_000 - estimate)
        // It used more than was reserved.
        #expect(other.tokenState(at: parts.now)?.remaining == 8_500)
        #expect(one.running == 0)
        #expect(other.running == 0)
    }

    /// Who was to be given another's answer, and then was not, is a request like any other.
    @Test func aFollowerThatAsksForItselfReservesItsTokens() async throws {
        let (led, asked) = (Gate(), Gate())
        let upstream = try ScriptedUpstream { _, index in
            index == 0
                ? [.wait(led)] + ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 400)
                : [.wait(asked)] + ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let parts = Parts()
        var options = DeploymentOptions()
        options.cache = CachePolicy(seconds: 60)
        let meters = parts.meter(
            limits: LimitTests.limits(tokens: 10_000), budget: Budget(microUSD: 100_000, period: .day))
        let rig = try await parts.rig([LimitTests.variant(upstream)], key: meters, options: options)
        let body = #"{"model":"bot","max_tokens":5000,"messages":[]}"#
        async let leader = rig.post(body)
        while upstream.requests.isEmpty { await Task.yield() }
        async let follower = rig.post(body)
        await rig.followers(1)
        led.open()
        #expect(try await leader.status == 400)
        while upstream.requests.count < 2 { await Task.yield() }
        let estimate = 5_000 + (upstream.requests[1].body.count + 3) / 4
        let left = try #require(meters[0].tokenState(at: parts.now)).remaining
        #expect((10_000 - UInt64(estimate) - 1...10_000 - UInt64(estimate)).contains(left))
        #expect(parts.book.spending(of: Self.key)?.promised ?? 0 >= 40_000)
        asked.open()
        #expect(try await follower.status == 200)
        _ = await rig.outcomes.first(2)
        let after = try #require(meters[0].tokenState(at: parts.now)).remaining
        #expect((8_498...8_500).contains(after))
        #expect(parts.book.spending(of: Self.key)?.promised == 0)
        #expect(parts.book.spending(of: Self.key)?.spent == 6_000)
    }

    @Test func whatAProviderKeepsIsReservedByWhatIsAssumedOfIt() async throws {
        var settings = GatewaySettings()
        settings.keptTokensAssumed = 5_000
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ResponseTests.plain))
        for (body, status) in [
            (#"{"model":"bot","input":"a","max_output_tokens":10}"#, 200),
            (#"{"model":"bot","input":"a","max_output_tokens":10,"previous_response_id":null}"#, 200),
            (#"{"model":"bot","input":"a","max_output_tokens":10,"previous_response_id":"resp_1"}"#, 400),
            (#"{"model":"bot","input":"a","max_output_tokens":10,"conversation":{"id":"c"}}"#, 400),
        ] {
            let parts = Parts()
            let rig = try await parts.rig(
                [LimitTests.variant(upstream)], key: parts.meter(limits: LimitTests.limits(tokens: 5_000)),
                settings: settings)
            #expect(try await rig.post(body, path: ResponseTests.path).status == status)
        }
    }

    /// Each prompt of a list is answered by itself, and as often as `n` says.
    @Test func aListOfPromptsIsReservedForAllOfItsAnswers() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let many = "[" + Array(repeating: #""a""#, count: 100).joined(separator: ", ") + "]"
        for (prompt, answers) in [
            (#""a""#, 1), ("[]", 1), (#"["a"]"#, 1), (#"[ "a","b" ]"#, 2), ("[1,2,3]", 1), ("[[1,2],[3]]", 2),
            (many, 100),
        ] as [(String, Int64)] {
            for n in [1, 3] as [Int64] {
                let body = #"{"model":"bot","max_tokens":700,"n":\#(n),"prompt":\#(prompt)}"#
                for (short, status) in [(Int64(0), 200), (1, 400)] {
                    let parts = Parts()
                    let rig = try await parts.rig(
                        [LimitTests.variant(upstream, price: Self.price)],
                        key: parts.meter(budget: Budget(microUSD: 700 * answers * n - short, period: .day)))
                    let answer = try await rig.post(body, path: "/v1/completions")
                    #expect(answer.status == status, "\(prompt) \(n) \(short)")
                }
            }
        }
    }

    @Test func aFileIsReservedByItsLength() async throws {
        var settings = GatewaySettings()
        settings.uploadBytesPerToken = 10
        settings.outputTokensAssumed = 100
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(UploadTests.transcript))
        let form = Form.spoken("bot", file: [UInt8](repeating: 7, count: 20_000))
        let estimate = Int64(form.bytes.count + 9) / 10 + 100
        for (limit, status) in [(estimate, 200), (estimate - 1, 400)] {
            let parts = Parts()
            let rig = try await parts.rig(
                [LimitTests.variant(upstream)], key: parts.meter(limits: LimitTests.limits(tokens: limit)),
                settings: settings)
            #expect(try await rig.post(form: form).status == status)
        }
    }
}

import Domain
import Support
import Testing

@testable import Gateway

/// In which order limits are asked, and what one that refuses leaves of the others.
@Suite(.timeLimit(.minutes(1))) struct AdmissionTests {
    private typealias Parts = LimitTests.Parts

    private static let body = #"{"model":"bot","max_tokens":500,"messages":[]}"#
    private static let price = Price(TokenRates(input: 0, output: 1_000_000))

    private static func options() -> DeploymentOptions {
        var options = DeploymentOptions()
        options.fallbacks = ["v1"]
        return options
    }

    private static func refusals(_ rig: Rig, _ kind: LimitedSubject.Kind) -> Int {
        rig.gateway.counters.refusedByLimits.filter { $0.kind == kind }.reduce(0) { $0 + $1.count }
    }

    /// Who floods us beyond a limit of their own takes nothing of what the provider's other callers share.
    @Test func whomTheirOwnLimitRefusesTheProvidersIsNotAsked() async throws {
        let upstream = try LimitTests.answering()
        let other = try LimitTests.answering()
        let parts = Parts()
        let rig = try await parts.rig(
            [
                LimitTests.variant(upstream, "v0", limits: LimitTests.limits(requests: 1)),
                LimitTests.variant(other, "v1", weight: 0),
            ], key: parts.meter(limits: LimitTests.limits(requests: 1)), options: Self.options())
        #expect(try await rig.post(Self.body).status == 200)
        for _ in 0..<5 {
            let refused = try await rig.post(Self.body)
            #expect(refused.status == 429)
            #expect(refused.error("param") == "key.requests_per_minute")
        }
        #expect(Self.refusals(rig, .key) == 5)
        #expect(Self.refusals(rig, .provider) == 0)
        #expect(other.requests.isEmpty)
    }

    /// Of the assigned variant: what its caller had taken by then is theirs again, and is taken once for the fallback.
    @Test func whatAProvidersLimitRefusesIsTakenOnceForTheFallback() async throws {
        let first = try LimitTests.answering()
        let second = try LimitTests.answering()
        let parts = Parts()
        let meters = parts.meter(
            limits: LimitTests.limits(requests: 100, tokens: 10_000, concurrent: 1),
            budget: Budget(microUSD: 600, period: .day))
        let rig = try await parts.rig(
            [
                LimitTests.variant(first, "v0", limits: LimitTests.limits(tokens: 10), price: Self.price),
                LimitTests.variant(second, "v1", weight: 0, price: Self.price),
            ], key: meters, options: Self.options())
        #expect(try await rig.post(Self.body).status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.error) == ["limit_too_small", nil])
        #expect(outcome.chargeMicroUSD == 500)
        #expect(first.requests.isEmpty)
        let state = try #require(parts.book.spending(of: LimitedSubject(.key, "k1")))
        #expect(state.spent == 500 && state.promised == 0)
        #expect(meters[0].running == 0)
        // A burst is a fiftieth and one: 3, of which one is taken; a nanosecond of what came back is kept.
        #expect((1...2).contains(try #require(meters[0].requestState(at: parts.now)).remaining))
        #expect((8_498...8_500).contains(try #require(meters[0].tokenState(at: parts.now)).remaining))
    }

    /// Of a fallback, after a try that is billed: what was taken for that stands, and no more.
    @Test func whatAFallbacksProviderRefusesIsGivenBackBesideTheFirstTry() async throws {
        let first = try ScriptedUpstream([.close])
        let second = try LimitTests.answering()
        let parts = Parts()
        let meters = parts.meter(
            limits: LimitTests.limits(tokens: 10_000, concurrent: 1), budget: Budget(microUSD: 5_000, period: .day))
        let rig = try await parts.rig(
            [
                LimitTests.variant(first, "v0", price: Self.price),
                LimitTests.variant(second, "v1", weight: 0, limits: LimitTests.limits(tokens: 10), price: Self.price),
            ], key: meters, options: Self.options())
        #expect(try await rig.post(Self.body).status == 502)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.last?.error == "limit_too_small")
        #expect(outcome.chargeMicroUSD == 500)
        #expect(second.requests.isEmpty)
        let state = try #require(parts.book.spending(of: LimitedSubject(.key, "k1")))
        #expect(state.spent == 500 && state.promised == 0)
        let estimate = UInt64(500 + (first.requests[0].body.count + 3) / 4)
        #expect((9_999 - estimate...10_000 - estimate).contains(meters[0].tokenState(at: parts.now)?.remaining ?? 0))
        #expect(meters[0].running == 0)
    }
}

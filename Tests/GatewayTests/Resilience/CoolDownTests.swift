import Domain
import HTTP
import Reactor
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct CoolDownTests {
    private static func limited(_ fields: String = "Retry-After: 60\r\n") throws -> ScriptedUpstream {
        try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 429, fields: fields))
    }

    @Test func whoHasEnoughIsSparedWhileAnotherCanAnswer() async throws {
        let upstream = try Self.limited()
        let good = try ScriptedUpstream(RetryTests.good)
        let rig = try await Rig([upstream.baseURL, good.baseURL])
        for _ in 0..<4 { #expect(try await rig.post().status == 200) }
        #expect(upstream.requests.count == 1)
        let outcomes = await rig.outcomes.first(4)
        #expect(outcomes[0].attempts.map(\.error) == ["http_429", nil])
        #expect(outcomes.dropFirst().allSatisfy { $0.attempts.map(\.error) == ["cooling_down", nil] })
        let condition = rig.condition()
        #expect(condition.limits == 1 && condition.circuit == .closed)
        #expect(condition.coolDowns.map(\.model) == ["upstream-model"])
        #expect((1...60_000).contains(condition.coolDowns[0].remainingMilliseconds))
    }

    @Test func withNobodyElseItIsAskedAllTheSame() async throws {
        let upstream = try Self.limited()
        let alone = try await Rig([upstream.baseURL])
        for _ in 0..<3 { #expect(try await alone.post().status == 429) }
        #expect(upstream.requests.count == 3)
        // All of them have enough: each is asked in its turn.
        let second = try Self.limited()
        let both = try await Rig([upstream.baseURL, second.baseURL])
        for _ in 0..<2 { #expect(try await both.post()["retry-after"] == "60") }
        #expect(await both.outcomes.first(2)[1].attempts.map(\.error) == ["http_429", "http_429"])
    }

    @Test func itIsTheLastResortWhenTheOthersFail() async throws {
        let upstream = try RetryTests.recovering(
            ScriptedUpstream.plain("{}", status: 429, fields: "Retry-After: 60\r\n"))
        let failing = try ScriptedUpstream(CircuitTests.failing)
        let rig = try await Rig([upstream.baseURL, failing.baseURL])
        #expect(try await rig.post().status == 502)
        #expect(try await rig.post().status == 200)
        let outcome = await rig.outcomes.first(2)[1]
        #expect(outcome.attempts.map(\.variant) == ["v0", "v1", "v0"])
        #expect(outcome.attempts.map(\.error) == ["cooling_down", "http_500", nil])
        #expect(outcome.servedBy == "v0")
    }

    @Test func withoutAWordOfTheProvidersTheSettingHolds() async throws {
        let good = try ScriptedUpstream(RetryTests.good)
        for (fields, milliseconds, count) in [("", 60_000, 2), ("", 0, 3), ("Retry-After: 0\r\n", 60_000, 3)] {
            let upstream = try Self.limited(fields)
            var settings = GatewaySettings()
            settings.resilience.coolDownMilliseconds = milliseconds
            let rig = try await Rig([upstream.baseURL, good.baseURL], settings: settings)
            for _ in 0..<3 { #expect(try await rig.post().status == 200) }
            #expect(upstream.requests.count == count)
        }
    }

    @Test func oneAnswerWithoutAWordMayHaveMeantThatRequestAlone() async throws {
        let upstream = try ScriptedUpstream { _, index in
            index.isMultiple(of: 2) ? ScriptedUpstream.plain("{}", status: 429) : RetryTests.good
        }
        let good = try ScriptedUpstream(RetryTests.good)
        let rig = try await Rig([upstream.baseURL, good.baseURL])
        for _ in 0..<6 { #expect(try await rig.post().status == 200) }
        #expect(upstream.requests.count == 6 && rig.condition().limits == 3 && rig.condition().coolDowns.isEmpty)
    }

    @Test func anOperatorsWordEndsIt() async throws {
        let upstream = try Self.limited()
        let good = try ScriptedUpstream(RetryTests.good)
        let rig = try await Rig([upstream.baseURL, good.baseURL])
        for _ in 0..<2 { #expect(try await rig.post().status == 200) }
        #expect(upstream.requests.count == 1)
        rig.gateway.upstreams.endCoolDowns(of: "provider-v1", in: "default")
        rig.gateway.upstreams.endCoolDowns(of: "provider-v0", in: "other")
        #expect(rig.condition().coolDowns.count == 1)
        rig.gateway.upstreams.endCoolDowns(of: "provider-v0", in: "default")
        #expect(rig.condition().coolDowns.isEmpty)
        #expect(try await rig.post().status == 200)
        #expect(upstream.requests.count == 2)
    }

    @Test func whoeverAnOperatorHasForcedClosedIsAskedAllTheSame() async throws {
        let upstream = try Self.limited()
        let good = try ScriptedUpstream(RetryTests.good)
        let variants = [
            Rig.variant("v0", upstream.baseURL, weight: 100, breaker: .forcedClosed),
            Rig.variant("v1", good.baseURL, weight: 0),
        ]
        let rig = try await Rig([Rig.deployment("bot", variants, fallbacks: [1])])
        for _ in 0..<3 { #expect(try await rig.post().status == 200) }
        #expect(upstream.requests.count == 3)
    }

    @Test func anOpenBreakerIsNoReasonToSpareAnybody() async throws {
        let upstream = try Self.limited()
        let failing = try ScriptedUpstream(CircuitTests.failing)
        let rig = try await Rig([upstream.baseURL, failing.baseURL], settings: CircuitTests.settings())
        var errors: [String?] = []
        for _ in 0..<4 {
            _ = try await rig.post()
            errors = await rig.outcomes.first(rig.outcomes.count).last?.attempts.map(\.error) ?? []
        }
        // The fallback has failed three times by now, so nobody else is there.
        #expect(errors == ["http_429", "circuit_open"])
        let last = await rig.outcomes.first(4)[3]
        #expect(last.status == .rateLimited && last.servedBy == "v0")
    }

    @Test func aLaterWordMakesItLongerAndNeverShorter() {
        let health = UpstreamHealth(project: "p", provider: "a", ResilienceSettings())
        let coolDown = health.coolDown(of: "m")
        #expect(health.coolDown(of: "m") === coolDown && health.coolDown(of: "n") !== coolDown)
        let now = MonotonicInstant(nanoseconds: 1_000)
        #expect(coolDown.isOver(at: now))
        for end in [5_000, 9_000, 3_000] as [UInt64] { health.limited(coolDown, until: end, at: now) }
        #expect(coolDown.remaining(at: now) == 8_000)
        #expect(!coolDown.isOver(at: MonotonicInstant(nanoseconds: 8_999)))
        #expect(coolDown.isOver(at: MonotonicInstant(nanoseconds: 9_000)))
        #expect(health.coolDown(of: "n").isOver(at: now))
        #expect(health.isAtEase)
    }
}

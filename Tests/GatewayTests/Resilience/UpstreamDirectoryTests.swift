import Domain
import HTTP
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct UpstreamDirectoryTests {
    private static func deployment(_ name: String, _ url: String, model: String, breaker: BreakerMode = .automatic)
        -> LiveDeployment
    {
        Rig.deployment(name, [Rig.variant("v0", url, weight: 100, model: model, breaker: breaker)])
    }

    /// One model that is broken is no reason to leave the others of its provider alone.
    @Test func everyModelHasItsOwnBreaker() async throws {
        let upstream = try ScriptedUpstream { request, _ in
            request.text.contains("broken-model") ? CircuitTests.failing : RetryTests.good
        }
        let rig = try await Rig(
            [
                Self.deployment("bot", upstream.baseURL, model: "broken-model"),
                Self.deployment("well", upstream.baseURL, model: "good-model"),
            ], settings: CircuitTests.settings())
        let good = Rig.question.replacing("bot", with: "well")
        for _ in 0..<3 {
            #expect(try await rig.post().status == 502)
            #expect(try await rig.post(good).status == 200)
        }
        #expect(try await rig.post().status == 503)
        #expect(try await rig.post(good).status == 200)
        // The provider fares as the worst of them does.
        #expect(rig.condition().circuit == .open && rig.condition().skips == 1)
        let entries = rig.gateway.upstreams.entries
        #expect(entries.map(\.provider) == ["provider-v0"])
        #expect(entries[0].circuits.map(\.model) == ["broken-model", "good-model"])
        #expect(entries[0].circuits.map(\.circuit) == [.open, .closed])
    }

    @Test func whatIsKnownOfAServerSaysNothingOfAnotherAndIsForgottenWithItsRoute() throws {
        let routing = Snapshot(RoutingTable([]))
        let directory = UpstreamDirectory(ResilienceSettings(), routing: routing) { _ in }
        func health(_ url: String, name: String = "v0") -> UpstreamHealth {
            let provider = Rig.variant(name, url, weight: 100).provider
            return directory.health(of: provider, model: "m", in: "default")
        }
        let first = health("http://a")
        #expect(health("http://a") === first)
        let moved = health("http://b")
        #expect(moved !== first && health("http://b") === moved)
        #expect(health("http://b", name: "v1") !== moved)
        // Routed to by nobody.
        #expect(directory.entries.isEmpty)
        #expect(health("http://b") !== moved)
        routing.replace(with: RoutingTable([Self.deployment("bot", "http://b", model: "m", breaker: .forcedOpen)]))
        let kept = health("http://b")
        _ = health("http://b", name: "v1")
        #expect(directory.entries.map(\.provider) == ["provider-v0"])
        #expect(directory.entries.map(\.mode) == [.forcedOpen])
        #expect(health("http://b") === kept)
    }
}

import Domain
import HTTP
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct DeadlineTests {
    @Test func anUpstreamThatNeverAnswersIsA504() async throws {
        var settings = GatewaySettings()
        settings.firstByteTimeoutMilliseconds = 60
        let upstream = try ScriptedUpstream([.untilDeparture])
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let answer = try await rig.post()
        #expect(answer.status == 504)
        #expect(answer["x-should-retry"] == "false")
        #expect(answer.error("code") == "upstream_timeout")
        await upstream.departure()
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .upstreamTimeout)
        #expect(outcome.attempts[0].error == "timeout_first_byte")
    }

    @Test func aTimeoutFallsBack() async throws {
        var settings = GatewaySettings()
        // The one that answers has as long: a sanitizer is slow.
        settings.firstByteTimeoutMilliseconds = 2_000
        let silent = try ScriptedUpstream([.untilDeparture])
        let good = try ScriptedUpstream(FallbackTests.good)
        let rig = try await Rig([silent.baseURL, good.baseURL], settings: settings)
        #expect(try await rig.post().status == 200)
    }

    @Test func anAnswerThatStallsIsCutOff() async throws {
        var settings = GatewaySettings()
        settings.idleGapTimeoutMilliseconds = 60
        let upstream = try ScriptedUpstream([
            .send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), .untilDeparture,
        ])
        let rig = try await Rig([upstream.baseURL], settings: settings)
        #expect(try await rig.post().status == 504)
        #expect(await rig.outcomes.one().error == "timeout_idle")
    }

    @Test func aStreamThatStallsIsBroken() async throws {
        var settings = GatewaySettings()
        settings.idleGapTimeoutMilliseconds = 60
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.untilDeparture])
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let answer = try await rig.post(Rig.streamed)
        #expect(!answer.text.contains("[DONE]"))
        #expect(await rig.outcomes.one().status == .brokenStream)
    }

    @Test func theWholeIsBoundedWhateverTrickles() async throws {
        var settings = GatewaySettings()
        settings.totalTimeoutMilliseconds = 150
        let trickle = (0..<40).flatMap { _ in [ScriptedUpstream.Step.send(" "), .pause(20)] }
        let upstream = try ScriptedUpstream([.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")] + trickle)
        let rig = try await Rig([upstream.baseURL], settings: settings)
        #expect(try await rig.post().status == 504)
        #expect(await rig.outcomes.one().error == "timeout_total")
    }

    @Test func aCallersReadTimeoutIsAnsweredWithinIt() async throws {
        let upstream = try ScriptedUpstream([.untilDeparture])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(fields: ["x-stainless-read-timeout: 5.0"])
        #expect(answer.status == 504)
        #expect(await rig.outcomes.one().latencyMilliseconds < 5_000)
    }

    @Test func anAddressThatDoesNotAnswerTimesOutWhileConnecting() async throws {
        var settings = GatewaySettings()
        settings.connectTimeoutMilliseconds = 80
        // TEST-NET-1 (RFC 5737): nobody is there. Without a route it fails at once instead.
        let rig = try await Rig(["http://192.0.2.1:9/v1"], settings: settings)
        let answer = try await rig.post()
        #expect([502, 504].contains(answer.status))
        #expect(["timeout_connect", "connect_failed"].contains(await rig.outcomes.one().error))
    }
}

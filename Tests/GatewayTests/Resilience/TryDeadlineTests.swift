import Domain
import HTTP
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct TryDeadlineTests {
    private static func limited(
        tryMilliseconds: Int? = nil, totalMilliseconds: Int? = nil, retries: Int = 0, afterTimeouts: Bool? = nil
    ) -> Resilience {
        Resilience(
            timeouts: DeploymentTimeouts(tryMilliseconds: tryMilliseconds, totalMilliseconds: totalMilliseconds),
            retries: DeploymentRetries(count: retries, backoffMilliseconds: 1, afterTimeouts: afterTimeouts))
    }

    @Test(arguments: [
        [ScriptedUpstream.Step.untilDeparture], [.send(ScriptedUpstream.streamHead), .untilDeparture],
        [.send("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), .untilDeparture],
    ])
    func aTryThatTakesTooLongFallsBack(steps: [ScriptedUpstream.Step]) async throws {
        let silent = try ScriptedUpstream(steps)
        let good = try RetryTests.recovering(after: 0, [])
        for question in [Rig.question, Rig.streamed] {
            // Long enough for the good one on a busy machine.
            let rig = try await Rig([silent.baseURL, good.baseURL], resilience: Self.limited(tryMilliseconds: 1_000))
            #expect(try await rig.post(question).status == 200)
            let outcome = await rig.outcomes.one()
            #expect(outcome.attempts.map(\.error) == ["timeout_try", nil])
            #expect(outcome.attempts[0].latencyMilliseconds >= 1_000)
        }
        await silent.departure()
    }

    @Test func aTimeoutIsTriedAgainOnlyWhereThatIsSaid() async throws {
        for (afterTimeouts, count) in [(nil, 1), (false, 1), (true, 3)] as [(Bool?, Int)] {
            let silent = try ScriptedUpstream([.untilDeparture])
            let rig = try await Rig(
                [silent.baseURL],
                resilience: Self.limited(tryMilliseconds: 50, retries: 2, afterTimeouts: afterTimeouts))
            let answer = try await rig.post()
            #expect(answer.status == 504)
            #expect(answer.error("code") == "upstream_timeout")
            #expect(answer["x-should-retry"] == "false")
            let outcome = await rig.outcomes.one()
            #expect(outcome.attempts.map(\.error) == Array(repeating: "timeout_try", count: count))
            #expect(outcome.status == .upstreamTimeout)
        }
    }

    @Test func theTotalBoundsAllTries() async throws {
        let silent = try ScriptedUpstream([.untilDeparture])
        let rig = try await Rig(
            [silent.baseURL, silent.baseURL, silent.baseURL],
            resilience: Self.limited(tryMilliseconds: 150, totalMilliseconds: 250, retries: 5, afterTimeouts: true))
        #expect(try await rig.post().status == 504)
        let outcome = await rig.outcomes.one()
        // The first has its own time, the second what is left of all.
        #expect(outcome.attempts.map(\.error) == ["timeout_try", "timeout_total"])
        #expect(outcome.latencyMilliseconds >= 250)
    }

    @Test func nobodyWaitsBeyondTheTotal() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain("{}", status: 503, fields: "retry-after-ms: 4000\r\n"))
        let rig = try await Rig([upstream.baseURL], resilience: Self.limited(totalMilliseconds: 3_000, retries: 5))
        #expect(try await rig.post().status == 502)
        #expect(upstream.requests.count == 1)
    }

    @Test func aStreamMayOutlastItsTry() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.pause(1_300)]
                + [
                    ScriptedUpstream.chunk("data: \(ScriptedUpstream.finish)\n\n"),
                    ScriptedUpstream.chunk("data: [DONE]\n\n"), ScriptedUpstream.lastChunk,
                ])
        let rig = try await Rig([upstream.baseURL], resilience: Self.limited(tryMilliseconds: 1_000))
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        #expect(await rig.outcomes.one().status == .ok)
    }

    /// The caller's own patience begins the answer with comments, and the try is then not cut off any more.
    @Test func aCallerOfLittlePatienceIsAnsweredBeforeTheTryIsOver() async throws {
        let upstream = try ScriptedUpstream(
            [.send(ScriptedUpstream.streamHead), .pause(700)]
                + [ScriptedUpstream.chunk("data: [DONE]\n\n"), ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL], resilience: Self.limited(tryMilliseconds: 60_000))
        let answer = try await rig.post(Rig.streamed, fields: ["x-stainless-read-timeout: 0.3"])
        #expect(answer.text.hasPrefix(": ping\n\n"))
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
    }

    @Test func settingsHoldWhereTheDeploymentSaysNothing() async throws {
        let silent = try ScriptedUpstream([.untilDeparture])
        var settings = GatewaySettings()
        settings.resilience.tryTimeoutMilliseconds = 1_000
        settings.resilience.retriesMax = 1
        let rig = try await Rig([silent.baseURL], settings: settings)
        #expect(try await rig.post().status == 504)
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["timeout_try"])
        let failing = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 500))
        let own = try await Rig([failing.baseURL], settings: settings)
        #expect(try await own.post().status == 502)
        #expect(await own.outcomes.one().attempts.count == 2)
        let less = try await Rig(
            [failing.baseURL], settings: settings, resilience: Resilience(retries: DeploymentRetries(count: 0)))
        #expect(try await less.post().status == 502)
        #expect(await less.outcomes.one().attempts.count == 1)
    }
}

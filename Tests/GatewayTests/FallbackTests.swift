import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct FallbackTests {
    static let good = ScriptedUpstream.plain(ScriptedUpstream.completion)

    @Test(arguments: [
        ScriptedUpstream.plain("{}", status: 500), ScriptedUpstream.plain("{}", status: 503),
        ScriptedUpstream.plain("{}", status: 401), [.reset], [.close],
        [.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\":"), .reset],
        [.send("SSH-2.0-OpenSSH\r\n"), .close],
    ])
    func aFailureBeforeTheFirstByteFallsBack(steps: [ScriptedUpstream.Step]) async throws {
        let bad = try ScriptedUpstream(steps)
        let good = try ScriptedUpstream(Self.good)
        let rig = try await Rig([bad.baseURL, good.baseURL])
        let answer = try await rig.post()
        #expect(answer.status == 200)
        #expect(answer.text == ScriptedUpstream.completion)
        #expect(answer["x-signalbox-variant"] == "v0")
        #expect(answer["x-signalbox-served-by"] == "v1")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.variant == "v0")
        #expect(outcome.servedBy == "v1")
        #expect(outcome.attempts.map(\.variant) == ["v0", "v1"])
        #expect(outcome.attempts[0].error != nil)
        #expect(outcome.attempts[1].error == nil)
    }

    @Test func fallbacksAreTriedInOrderUntilTheyAreSpent() async throws {
        let upstreams = try [500, 502, 503].map {
            try ScriptedUpstream(ScriptedUpstream.plain("{}", status: $0))
        }
        let rig = try await Rig(upstreams.map(\.baseURL))
        let answer = try await rig.post()
        #expect(answer.status == 502)
        #expect(answer["x-should-retry"] == "false")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .upstreamError)
        #expect(outcome.servedBy == nil)
        #expect(outcome.attempts.map(\.error) == ["http_500", "http_502", "http_503"])
    }

    @Test func aProviderThatCannotBeReachedFallsBack() async throws {
        let gone = try ScriptedUpstream(Self.good).baseURL
        let good = try ScriptedUpstream(Self.good)
        var settings = GatewaySettings()
        settings.connectTimeoutMilliseconds = 200
        let rig = try await Rig([gone, "http://name.invalid/v1", good.baseURL], settings: settings)
        #expect(try await rig.post().status == 200)
        let errors = await rig.outcomes.one().attempts.map(\.error)
        #expect(errors[0] == "connect_failed")
        // A resolver that is slow to say no is given up without being waited for.
        #expect(["name_not_resolved", "timeout_connect"].contains(errors[1]))
        #expect(errors[2] == nil)
    }

    @Test func aStreamFallsBackAsLongAsNoEventHasCome() async throws {
        let bad: [[ScriptedUpstream.Step]] = [
            ScriptedUpstream.plain("{}", status: 500), [.send(ScriptedUpstream.streamHead), .reset],
            [.send(ScriptedUpstream.streamHead), ScriptedUpstream.chunk(": processing\n\n"), .close],
            [.send(ScriptedUpstream.streamHead), ScriptedUpstream.lastChunk],
            ScriptedUpstream.events([#"{"error":{"message":"overloaded"}}"#]) + [ScriptedUpstream.lastChunk],
            ScriptedUpstream.events(["<garbage>"]),
        ]
        let good = try ScriptedUpstream(ScriptedUpstream.stream(["4", "2"]))
        let failing = try bad.map { try ScriptedUpstream($0) }
        let rig = try await Rig(failing.map(\.baseURL) + [good.baseURL])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.status == 200)
        #expect(answer.isWhole)
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.attempts.count == bad.count + 1)
        #expect(outcome.servedBy == "v\(bad.count)")
    }

    @Test func afterTheFirstEventNothingFallsBack() async throws {
        let gate = Gate()
        let breaking = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.wait(gate), .reset])
        let good = try ScriptedUpstream(ScriptedUpstream.stream(["42"]))
        let rig = try await Rig([breaking.baseURL, good.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        _ = try await caller.read { $0.contains("content") }
        gate.open()
        #expect(await rig.outcomes.one().status == .brokenStream)
        #expect(good.connections == 0)
        caller.socket.close()
    }
}

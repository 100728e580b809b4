import Domain
import HTTP
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct DepartureTests {
    @Test func aCallerThatLeavesAPlainRequestCancelsItsUpstream() async throws {
        let upstream = try ScriptedUpstream([.untilDeparture])
        let rig = try await Rig([upstream.baseURL, upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        while upstream.requests.isEmpty { await Task.yield() }
        caller.socket.close()
        await upstream.departure()
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .clientClosed)
        // Nobody waits for a fallback.
        #expect(outcome.attempts.count == 1)
    }

    @Test func aCallerThatLeavesAStreamCancelsItsUpstream() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("first")]) + [.untilDeparture])
        let rig = try await Rig([upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        _ = try await caller.read { $0.contains("first") }
        caller.socket.close()
        await upstream.departure()
        #expect(await rig.outcomes.one().status == .clientClosed)
    }

    @Test func aCallerThatLeavesBeforeTheFirstEventCancelsItsUpstream() async throws {
        let upstream = try ScriptedUpstream([.send(ScriptedUpstream.streamHead), .untilDeparture])
        let rig = try await Rig([upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        while upstream.requests.isEmpty { await Task.yield() }
        caller.socket.close()
        await upstream.departure()
        #expect(await rig.outcomes.one().status == .clientClosed)
    }
}

import Domain
import Support
import Testing

@testable import Gateway

/// Callers that come and go as chance has it, over a provider that answers, fails and breaks off: whoever stays is
/// answered, and nothing is left behind.
@Suite(.timeLimit(.minutes(2))) struct FlightRaceTests {
    private struct Plan: Sendable {
        let question: Int
        let isStream: Bool
        /// Milliseconds before it asks.
        let delay: Int
        /// Milliseconds after which it leaves; nil for one that stays.
        let departure: Int?
        let directive: String?
    }

    private static func plans(_ random: inout SeededGenerator) -> [Plan] {
        (0..<48).map { _ in
            Plan(
                question: Int.random(in: 0..<3, using: &random), isStream: Bool.random(using: &random),
                delay: Int.random(in: 0..<30, using: &random),
                departure: Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 0..<25, using: &random) : nil,
                directive: Int.random(in: 0..<12, using: &random) == 0
                    ? ["no-cache", "no-store"].randomElement(using: &random) : nil)
        }
    }

    private static func upstream(_ seed: UInt64) throws -> ScriptedUpstream {
        try ScriptedUpstream { request, index in
            var random = SeededGenerator(seed: seed &* 1_000 &+ UInt64(index))
            let pause = ScriptedUpstream.Step.pause(Int.random(in: 0..<15, using: &random))
            let mood = Int.random(in: 0..<10, using: &random)
            if mood == 0 { return [pause] + ScriptedUpstream.plain("{}", status: 500) }
            let number = request.text.firstRange(of: /question (\d)/).map { request.text[$0].suffix(1) } ?? "?"
            guard request.text.contains("\"stream\":true") else {
                let text = ScriptedUpstream.completion.replacing("\"42\"", with: "\"answer \(number)\"")
                return [pause] + ScriptedUpstream.plain(text)
            }
            let events = [ScriptedUpstream.delta("answer \(number)"), ScriptedUpstream.delta("end")]
            let head = [pause] + ScriptedUpstream.events(events.dropLast()) + [pause]
            if mood == 1 { return head + [.reset] }
            let tail = [events[1], ScriptedUpstream.finish, "[DONE]"].map { ScriptedUpstream.chunk("data: \($0)\n\n") }
            return head + tail + [ScriptedUpstream.lastChunk]
        }
    }

    @Test(arguments: 1...8) func whoeverStaysIsAnsweredAndNothingIsLeftBehind(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let upstream = try Self.upstream(seed)
        let rig = try await Rig.caching([upstream.baseURL])
        let plans = Self.plans(&random)
        try await withThrowingTaskGroup { group in
            for plan in plans { group.addTask { try await Self.run(plan, rig) } }
            try await group.waitForAll()
        }
        let outcomes = await rig.outcomes.first(plans.count)
        #expect(outcomes.count == plans.count)
        // One attempt each for who had the provider asked, none for the others; of who left, either side alone may have
        // seen one.
        let leavers = plans.count { $0.departure != nil }
        let attempts = outcomes.reduce(0) { $0 + $1.attemptCount }
        #expect(abs(attempts - upstream.requests.count) <= leavers)
        #expect(upstream.requests.count < plans.count)
        #expect(rig.hits > 0)
        #expect(outcomes.count { $0.cache == .hit && $0.status == .ok } <= rig.hits)
        #expect(outcomes.allSatisfy { $0.cache == .hit ? $0.status == .ok || $0.status == .clientClosed : true })
        #expect(outcomes.allSatisfy { $0.cache == .hit ? $0.attemptCount == 0 : true })
        while rig.gateway.cache.recordingBytes > 0 { await Task.yield() }
        // Six questions, plain and streamed: what is kept is one answer each at most.
        #expect(rig.entries <= 6)
        #expect((plans.count - leavers...plans.count).contains(rig.hits + rig.misses + rig.bypasses))
    }

    private static func run(_ plan: Plan, _ rig: Rig) async throws {
        try await Task.sleep(for: .milliseconds(plan.delay))
        let caller = try await Caller.connect(port: rig.port)
        let stream = plan.isStream ? #""stream":true,"# : ""
        let body = #"{"model":"bot",\#(stream)"messages":[{"role":"user","content":"question \#(plan.question)"}]}"#
        try await caller.send(
            "POST", "/v1/chat/completions", body, fields: plan.directive.map { ["Cache-Control: \($0)"] } ?? [])
        if let departure = plan.departure {
            try await Task.sleep(for: .milliseconds(departure))
            return caller.socket.close()
        }
        let answer = try await caller.answer()
        caller.socket.close()
        // Right and whole, or an honest error.
        #expect(answer.isWhole)
        if answer.status != 200 {
            #expect(answer.status == 502)
        } else if answer.text.contains("\"error\"") {
            #expect(plan.isStream && !answer.text.contains("[DONE]"))
        } else {
            #expect(answer.text.contains("answer \(plan.question)"))
            #expect(!plan.isStream || answer.text.hasSuffix("data: [DONE]\n\n"))
        }
    }
}

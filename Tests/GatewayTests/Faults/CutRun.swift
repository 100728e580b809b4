import Domain
import Gateway
import Synchronization
import Testing

/// One gateway that meets an answer cut at each of its bytes in turn, and a good answer after each of them: on the
/// connection that the good one left, as it is in life.
final class CutRun: Sendable {
    private struct Cut {
        /// nil: a good answer.
        var count: Int?
        var gate = Gate()
    }

    private let shape: CutShape
    private let isReset: Bool
    private let cut = Mutex(Cut())

    init(_ shape: CutShape, isReset: Bool) {
        self.shape = shape
        self.isReset = isReset
    }

    func run() async throws {
        let upstream = try ScriptedUpstream { [self] request, _ in steps(request) }
        var settings = GatewaySettings()
        // Every second answer is cut.
        settings.resilience.breaks = false
        let rig = try await Rig(
            [Rig.deployment("bot", [Rig.variant("v0", upstream.baseURL, weight: 100)])], settings: settings)
        let bytes = shape.bytes
        _ = try await FaultRun.ask(rig, "bot", false, "", Gate())
        for count in 0...bytes.count {
            let gate = Gate()
            cut.withLock { $0 = Cut(count: count, gate: gate) }
            let asked = upstream.requests.count
            let answer = try await FaultRun.ask(rig, "bot", shape.isStream, "", gate)
            // A connection that served before may have been closed meanwhile: only then, and once, it is tried anew.
            #expect(upstream.requests.count - asked == (count == 0 ? 2 : 1), "cut at \(count)")
            cut.withLock { $0.count = nil }
            let next = try await FaultRun.ask(rig, "bot", false, "", Gate())
            let outcomes = await rig.outcomes.first(2 * count + 3)
            check(answer, outcomes[2 * count + 1], cutAt: count)
            #expect(next.status == 200 && next.text == FaultTable.completion, "after the cut at \(count)")
            #expect(outcomes[2 * count + 2].status == .ok, "after the cut at \(count)")
        }
        #expect(rig.outcomes.count == 2 * bytes.count + 3)
    }

    private func check(_ answer: WireMessage, _ outcome: Outcome, cutAt count: Int) {
        let expected = shape.expectation(cutAt: count, isReset: isReset)
        let check = FaultCheck(
            answer: answer, outcome: outcome, isStream: shape.isStream, place: "cut at \(count) of \(shape.bytes.count)"
        )
        check.matches(expected, eventsBefore: shape.events(in: count))
    }

    private func steps(_ request: WireMessage) -> [ScriptedUpstream.Step] {
        let cut = cut.withLock { $0 }
        guard let count = cut.count else { return ScriptedUpstream.plain(FaultTable.completion) }
        let bytes = shape.bytes
        let end = isReset ? ScriptedUpstream.Step.reset : .halfClose
        guard let first = shape.firstEventEnd, count >= first else { return [.bytes(Array(bytes[..<count])), end] }
        return [.bytes(Array(bytes[..<first])), .wait(cut.gate), .bytes(Array(bytes[first..<count])), end]
    }
}

import Domain
import Gateway
import Synchronization
import Testing

/// Takes one fault through the real gateway, its transport and real sockets.
final class FaultRun: Sendable {
    private let fault: FaultCase
    /// Whether the upstream does what the case says; otherwise it answers well.
    private let isFaulty = Atomic<Bool>(false)
    /// Of the present request.
    private let gate = Mutex(Gate())

    init(_ fault: FaultCase) {
        self.fault = fault
    }

    /// - Parameter hasFallback: whether a sound variant stands behind the faulty one.
    func run(hasFallback: Bool) async throws {
        let upstream = try scripted()
        let sound = try ScriptedUpstream { request, _ in Self.good(request) }
        let place = try FaultPlace(fault.place, upstream)
        defer { place.close() }
        let variants =
            [Rig.variant("v0", place.url, weight: 100)]
            + (hasFallback ? [Rig.variant("v1", sound.baseURL, weight: 0)] : [])
        // What still works at the same place, where anything does.
        let other = fault.place == .scripted ? upstream.baseURL : sound.baseURL
        let rig = try await Rig(
            [
                Rig.deployment("bot", variants, fallbacks: hasFallback ? [1] : []),
                Rig.deployment("other", [Rig.variant("v0", other, weight: 100)]),
            ], settings: fault.settings)
        for isStream in [false, true] {
            try await meet(rig, isStream, hasFallback)
            try await goOn(rig, isStream)
        }
        // Exactly one outcome for each request, whatever became of it.
        #expect(rig.outcomes.count == 4)
    }

    private func scripted() throws -> ScriptedUpstream {
        try ScriptedUpstream { [self] _ in
            isFaulty.load(ordering: .acquiring) ? fault.greeting : []
        } script: { [self] request, _ in
            guard isFaulty.load(ordering: .acquiring) else { return Self.good(request) }
            return Self.isStream(request) ? fault.stream(gate.withLock { $0 }) : fault.plain
        }
    }

    private static func isStream(_ request: WireMessage) -> Bool { request.text.contains("\"stream\":true") }

    /// Each on a connection of its own: what is between two answers is not this table's.
    private static func good(_ request: WireMessage) -> [ScriptedUpstream.Step] {
        guard isStream(request) else {
            return ScriptedUpstream.plain(FaultTable.completion, fields: "Connection: close\r\n") + [.close]
        }
        return FaultTable.wholeStream + [.close]
    }

    /// The faulty request.
    private func meet(_ rig: Rig, _ isStream: Bool, _ hasFallback: Bool) async throws {
        let gate = Gate()
        self.gate.withLock { $0 = gate }
        isFaulty.store(true, ordering: .releasing)
        let before = rig.outcomes.count
        let answer = try await Self.ask(rig, "bot", isStream, fault.body, gate)
        isFaulty.store(false, ordering: .releasing)
        let outcome = await rig.outcomes.first(before + 1)[before]
        let expected = isStream ? fault.expectedStream : fault.expected
        let check = FaultCheck(answer: answer, outcome: outcome, isStream: isStream)
        if hasFallback, expected.fallsBack {
            check.fellBack(from: expected)
        } else {
            check.matches(expected)
        }
    }

    /// The next request on the same gateway works.
    private func goOn(_ rig: Rig, _ isStream: Bool) async throws {
        let before = rig.outcomes.count
        let answer = try await Self.ask(rig, "other", isStream, "", Gate())
        let outcome = await rig.outcomes.first(before + 1)[before]
        FaultCheck(answer: answer, outcome: outcome, isStream: isStream).matches(.answered)
    }

    static func ask(
        _ rig: Rig, _ model: String, _ isStream: Bool, _ content: String, _ gate: Gate
    ) async throws -> WireMessage {
        let caller = try await Caller.connect(port: rig.port)
        defer { caller.socket.close() }
        let body =
            #"{"model":"\#(model)",\#(isStream ? #""stream":true,"# : "")"#
            + #""messages":[{"role":"user","content":"\#(content)"}]}"#
        try await caller.send("POST", "/v1/chat/completions", body)
        defer { gate.open() }
        return try await caller.read { text in
            if text.contains("first") { gate.open() }
            return false
        }
    }
}

import Domain
import JSON
import Testing

@testable import Gateway

/// Forms with a file, passed on while they come.
@Suite(.timeLimit(.minutes(1))) struct UploadTests {
    static let transcript =
        #"{"text":"hello","usage":{"type":"tokens","input_tokens":14,"output_tokens":3,"total_tokens":17}}"#
    /// Three megabytes, in which nothing repeats for long.
    static let recording = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }

    private static func rig(
        _ upstreams: [String], parameters: JSONObject = [:], settings: GatewaySettings = GatewaySettings()
    ) async throws -> Rig {
        try await Rig(upstreams, settings: settings, parameters: parameters)
    }

    @Test(arguments: ["transcriptions", "translations"])
    func aFormPassesUntouchedButForItsModel(name: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        let rig = try await Self.rig([upstream.baseURL])
        let answer = try await rig.post(
            form: Form.spoken("bot"), path: "/v1/audio/" + name,
            fields: ["X-Signalbox-Unit: olena", "X-Signalbox-Slice: tier=free"])
        #expect(answer.status == 200)
        #expect(answer.text == Self.transcript)
        #expect(answer["content-type"] == "application/json")
        let request = upstream.requests[0]
        #expect(request.firstLine == "POST /v1/audio/\(name) HTTP/1.1")
        #expect(request["content-type"] == Form.contentType)
        #expect(request["authorization"] == "Bearer sk-canary-v0")
        #expect(request.fields.filter { $0.name == "content-type" }.count == 1)
        #expect(request.body == Form.spoken("upstream-model").bytes)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.surface == "audio/" + name && !outcome.isStream)
        #expect(outcome.tokens == Outcome.Tokens(input: 14, output: 3))
        #expect(outcome.unit == "olena")
        #expect(outcome.slices.map(\.value) == ["free"])
        #expect(answer["x-signalbox-outcome"] == outcome.id.text)
    }

    /// What is known of its length is told; what is not goes in chunks.
    @Test(arguments: [(true, false), (false, false), (true, true)])
    func aLongFormArrivesWholeInEitherFraming(isLengthKnown: Bool, hasParameters: Bool) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        let rig = try await Self.rig([upstream.baseURL], parameters: hasParameters ? ["language": "uk"] : [:])
        let form = Form.spoken("bot", file: Self.recording)
        let caller = try await Caller.connect(port: rig.port)
        let head = Form.head(length: isLengthKnown ? form.bytes.count : nil)
        try await offThread {
            try caller.socket.send(Array(head.utf8))
            var rest = form.bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(100_000)
                rest = rest.dropFirst(100_000)
                if !isLengthKnown { try caller.socket.send(Array("\(String(piece.count, radix: 16))\r\n".utf8)) }
                try caller.socket.send(Array(piece) + (isLengthKnown ? [] : Array("\r\n".utf8)))
            }
            if !isLengthKnown { try caller.socket.send(Array("0\r\n\r\n".utf8)) }
        }
        #expect(try await caller.answer().text == Self.transcript)
        caller.socket.close()
        let request = upstream.requests[0]
        let wanted =
            hasParameters
            ? Form([
                ("model", Array("upstream-model".utf8)), ("file=a.wav", Self.recording), ("language", Array("uk".utf8)),
            ]).bytes : Form.spoken("upstream-model", file: Self.recording).bytes
        #expect(request.body == wanted)
        #expect(request["content-length"] == (isLengthKnown && !hasParameters ? "\(wanted.count)" : nil))
    }

    @Test func theFirstBytesAreSentBeforeTheLastHaveCome() async throws {
        let (arrived, isSent) = (Gate(), Gate())
        let upstream = try ScriptedUpstream(
            greeting: { _ in
                [.receive, .open(arrived), .wait(isSent)] + ScriptedUpstream.plain(Self.transcript) + [.untilDeparture]
            }, script: { _, _ in [] })
        let rig = try await Self.rig([upstream.baseURL])
        let form = Form.spoken("bot", file: Array("RIFF of which the end is late".utf8)).bytes
        let caller = try await Caller.connect(port: rig.port)
        let bytes = Array(Form.head(length: form.count).utf8) + form
        try await offThread {
            try caller.socket.send(Array(bytes.dropLast(20)))
            arrived.wait()
            try caller.socket.send(Array(bytes.suffix(20)))
            isSent.open()
        }
        #expect(try await caller.answer().text == Self.transcript)
        caller.socket.close()
    }

    @Test func aModelBehindTheFileIsFoundWithinItsBound() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        var settings = GatewaySettings()
        settings.uploadHeldBytesMax = 1 << 20
        let rig = try await Self.rig([upstream.baseURL], settings: settings)
        let short = Array(Self.recording[..<500_000])
        #expect(try await rig.post(form: Form([("file=a.wav", short), ("model", Array("bot".utf8))])).status == 200)
        let wanted = Form([("file=a.wav", short), ("model", Array("upstream-model".utf8))])
        #expect(upstream.requests[0].body == wanted.bytes)
        let answer = try await rig.post(
            form: Form([("file=a.wav", Self.recording), ("model", Array("bot".utf8))]))
        #expect(answer.status == 413)
        #expect(answer.error("param") == "model")
        #expect(answer.error("message")?.contains("1048576") == true)
        #expect(upstream.requests.count == 1)
        #expect(await rig.outcomes.first(2)[1].status == .invalidRequest)
    }

    @Test(arguments: [
        ("model", Form([("file=a.wav", "RIFF")])),
        ("model", Form([("file=a.wav", "RIFF"), ("model", "")])),
        ("model", Form([("model", String(repeating: "m", count: 600))])),
        ("model", Form([("model=m.txt", "bot")])),
        ("model", Form([("model", "bot"), ("file=a.wav", "RIFF"), ("model", "other")])),
        ("signalbox", Form([("model", "bot"), ("signalbox", "{}")])),
    ])
    func whatIsWrongIsNamedBeforeAnythingIsSent(param: String, form: Form) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        let rig = try await Self.rig([upstream.baseURL])
        let answer = try await rig.post(form: form)
        #expect(answer.status == 400)
        #expect(answer.error("param") == param)
        #expect(upstream.requests.isEmpty)
        #expect(await rig.outcomes.one().status == .invalidRequest)
    }

    @Test func aBodyThatIsNoFormOrForNobodyIsRefused() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        let rig = try await Self.rig([upstream.baseURL])
        #expect(try await rig.post(#"{"model":"bot"}"#, path: "/v1/audio/transcriptions").status == 415)
        let unknown = try await rig.post(form: Form.spoken("nobody", file: Self.recording))
        #expect(unknown.status == 404)
        #expect(unknown.error("code") == "model_not_found")
        let caller = try await Caller.connect(port: rig.port)
        try await offThread {
            try caller.socket.send(Array((Form.head(length: 22) + "this is no form at all").utf8))
        }
        let answer = try await caller.answer()
        caller.socket.close()
        #expect(answer.status == 400)
        #expect(answer.error("code") == "invalid_form")
        #expect(upstream.connections == 0)
    }

    /// Found when the upstream has the beginning already: it must never take that for the whole.
    @Test(arguments: ["a second model", "no end"])
    func whatIsFoundTooLateEndsTheUpstreamsRequestToo(fault: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        let rig = try await Self.rig([upstream.baseURL])
        var bytes = Form([
            ("model", Array("bot".utf8)), ("file=a.wav", Self.recording), ("model", Array("other".utf8)),
        ]).bytes
        if fault == "no end" { bytes = Array(Form.spoken("bot", file: Self.recording).bytes.dropLast(10)) }
        let caller = try await Caller.connect(port: rig.port)
        let message = Array(Form.head(length: bytes.count).utf8) + bytes
        try await offThread { try caller.socket.send(message) }
        let answer = try await caller.answer()
        caller.socket.close()
        #expect(answer.status == 400)
        #expect(answer.error("code") == "invalid_form")
        await upstream.departure()
        #expect(upstream.requests.isEmpty, "nobody got a whole request")
        #expect(await rig.outcomes.one().status == .invalidRequest)
    }

    @Test func aFailureFallsBackWithTheWholeForm() async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 503))
        let working = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        let rig = try await Self.rig([failing.baseURL, working.baseURL])
        let answer = try await rig.post(form: Form.spoken("bot", file: Self.recording))
        #expect(answer.status == 200)
        #expect(answer["x-signalbox-served-by"] == "v1")
        #expect(working.requests[0].body == Form.spoken("upstream-model", file: Self.recording).bytes)
    }

    @Test func whatIsNotHeldAnyMoreCannotFallBack() async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 503))
        let unused = try ScriptedUpstream(ScriptedUpstream.plain(Self.transcript))
        var settings = GatewaySettings()
        settings.uploadHeldBytesMax = 1 << 20
        let rig = try await Self.rig([failing.baseURL, unused.baseURL], settings: settings)
        let answer = try await rig.post(form: Form.spoken("bot", file: Self.recording))
        #expect(answer.status == 502)
        #expect(failing.requests[0].body.count > 1 << 20)
        #expect(unused.connections == 0)
        #expect(await rig.outcomes.one().error == "http_503")
    }

    @Test func aRefusalBeforeTheFormIsWholeReachesTheCaller() async throws {
        let refusal = #"{"error":{"message":"too long","type":"invalid_request_error","param":"file","code":null}}"#
        let upstream = try ScriptedUpstream(
            greeting: { _ in [.receive] + ScriptedUpstream.plain(refusal, status: 400) + [.untilDeparture] },
            script: { _, _ in [] })
        let rig = try await Self.rig([upstream.baseURL])
        let form = Form.spoken("bot", file: Self.recording).bytes
        let caller = try await Caller.connect(port: rig.port)
        // The rest never comes.
        let bytes = Array(Form.head(length: form.count).utf8) + form[..<200_000]
        try await offThread { try caller.socket.send(bytes) }
        let answer = try await caller.answer()
        caller.socket.close()
        #expect(answer.status == 400)
        #expect(answer.error("param") == "file")
    }

    /// Of a form that nobody has read to its end nobody knows whether it is one.
    @Test func aWholeAnswerToHalfAFormIsNone() async throws {
        let upstream = try ScriptedUpstream(
            greeting: { _ in [.receive] + ScriptedUpstream.plain(Self.transcript) + [.untilDeparture] },
            script: { _, _ in [] })
        let rig = try await Self.rig([upstream.baseURL])
        let form = Form.spoken("bot", file: Self.recording).bytes
        let caller = try await Caller.connect(port: rig.port)
        let bytes = Array(Form.head(length: form.count).utf8) + form[..<1_000]
        try await offThread { try caller.socket.send(bytes) }
        let answer = try await caller.answer()
        caller.socket.close()
        #expect(answer.status == 502)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .upstreamError && outcome.error == "malformed_answer")
    }

    @Test func aModelThatDoesNotComeIsNotWaitedForLongerThanAnAnswer() async throws {
        var settings = GatewaySettings()
        settings.totalTimeoutMilliseconds = 100
        let rig = try await Self.rig(["http://127.0.0.1:1/v1"], settings: settings)
        let form = Form.spoken("bot").bytes
        let caller = try await Caller.connect(port: rig.port)
        let bytes = Array(Form.head(length: form.count).utf8) + form[..<20]
        try await offThread { try caller.socket.send(bytes) }
        #expect(try await caller.answer().status == 408)
        caller.socket.close()
    }

    @Test func aCallerWhoLeavesEndsTheUpstreamsRequest() async throws {
        let arrived = Gate()
        let upstream = try ScriptedUpstream(
            greeting: { _ in [.receive, .open(arrived), .untilDeparture] }, script: { _, _ in [] })
        let rig = try await Self.rig([upstream.baseURL])
        let form = Form.spoken("bot", file: Self.recording).bytes
        let caller = try await Caller.connect(port: rig.port)
        let bytes = Array(Form.head(length: form.count).utf8) + form[..<1_000]
        try await offThread {
            try caller.socket.send(bytes)
            arrived.wait()
            caller.socket.reset()
        }
        await upstream.departure()
        #expect(await rig.outcomes.one().status == .clientClosed)
    }

    @Test func anUpstreamThatStopsReadingRunsOutOfItsTime() async throws {
        let upstream = try ScriptedUpstream(
            greeting: { _ in [.receive, .pause(2_000), .close] }, script: { _, _ in [] })
        var settings = GatewaySettings()
        settings.idleGapTimeoutMilliseconds = 300
        let rig = try await Self.rig([upstream.baseURL], settings: settings)
        let file = (0..<8).flatMap { _ in Self.recording }
        let answer = try await rig.post(form: Form.spoken("bot", file: file))
        #expect(answer.status == 504)
        #expect(await rig.outcomes.one().error == "timeout_idle")
    }
}

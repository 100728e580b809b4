import Domain
import JSON
import Testing

@testable import Gateway

/// Answers of any media type: speech above all.
@Suite(.timeLimit(.minutes(1))) struct MediaTests {
    static let request = #"{"model":"bot","input":"Hello","voice":"alloy"}"#
    static let path = "/v1/audio/speech"
    static let sound = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }

    static func head(_ type: String, _ framing: String = "Transfer-Encoding: chunked") -> ScriptedUpstream.Step {
        .send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(framing)\r\n\r\n")
    }

    static func chunk(_ bytes: [UInt8]) -> ScriptedUpstream.Step {
        .bytes(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    @Test(arguments: ["audio/mpeg", "audio/pcm;rate=24000", "application/octet-stream"])
    func soundPassesPieceByPieceUnderItsOwnType(type: String) async throws {
        let gate = Gate()
        let (first, second) = (Array("first".utf8), Self.sound)
        let upstream = try ScriptedUpstream([
            Self.head(type), Self.chunk(first), .wait(gate), Self.chunk(second), ScriptedUpstream.lastChunk,
        ])
        let rig = try await Rig([upstream.baseURL], parameters: ["voice": "coral", "speed": 1.5])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", Self.path, Self.request)
        let answer = try await caller.read { text in
            if text == "first" { gate.open() }
            return false
        }
        caller.socket.close()
        #expect(answer.status == 200)
        #expect(answer["content-type"] == type)
        #expect(answer.body == first + second && answer.isWhole)
        #expect(
            upstream.requests[0].text
                == #"{"model":"upstream-model","input":"Hello","voice":"coral","speed":1.5}"#)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.surface == "audio/speech" && outcome.tokens == nil)
        #expect(outcome.firstTokenMilliseconds != nil)
    }

    @Test func soundThatBreaksOffLooksSo() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([
            Self.head("audio/mpeg", "Content-Length: 500000"), .bytes(Array("first".utf8)), .wait(gate), .reset,
        ])
        let unused = try ScriptedUpstream([Self.head("audio/mpeg"), ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL, unused.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", Self.path, Self.request)
        let answer = try await caller.read { text in
            if text == "first" { gate.open() }
            return false
        }
        caller.socket.close()
        #expect(answer.text == "first" && !answer.isWhole)
        #expect(await rig.outcomes.one().status == .brokenStream)
        #expect(unused.connections == 0)
    }

    @Test(arguments: [
        ("connection_lost", [ScriptedUpstream.Step.reset]),
        ("truncated", [head("audio/mpeg", "Content-Length: 5"), .close]),
        ("malformed_answer", [head("audio/mpeg", "Content-Length: 0")]),
        ("malformed_answer", [head("text/html", "Content-Length: 6"), .send("<html>")]),
        ("http_500", ScriptedUpstream.plain("{}", status: 500)),
    ])
    func whatFailsBeforeItsFirstByteFallsBack(error: String, steps: [ScriptedUpstream.Step]) async throws {
        let failing = try ScriptedUpstream(steps)
        let working = try ScriptedUpstream([Self.head("audio/mpeg", "Content-Length: 5"), .send("sound")])
        let rig = try await Rig([failing.baseURL, working.baseURL])
        let answer = try await rig.post(Self.request, path: Self.path)
        #expect(answer.text == "sound")
        #expect(answer["x-signalbox-served-by"] == "v1")
        #expect(await rig.outcomes.one().attempts.map(\.error) == [error, nil])
        let alone = try await Rig([failing.baseURL])
        #expect(try await alone.post(Self.request, path: Self.path).status == 502)
    }

    /// The time of a try is not over with the head.
    @Test(arguments: ["audio/mpeg", "application/json"])
    func aTryThatBeginsAndSaysNothingFallsBack(type: String) async throws {
        let silent = try ScriptedUpstream([Self.head(type), .untilDeparture])
        let working = try ScriptedUpstream([Self.head("audio/mpeg", "Content-Length: 5"), .send("sound")])
        let rig = try await Rig(
            [silent.baseURL, working.baseURL],
            resilience: Resilience(
                timeouts: DeploymentTimeouts(tryMilliseconds: 1_000, totalMilliseconds: nil),
                retries: DeploymentRetries(count: 0, backoffMilliseconds: 1, afterTimeouts: nil)))
        #expect(try await rig.post(Self.request, path: Self.path).text == "sound")
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["timeout_try", nil])
    }

    @Test func aRefusalPasses() async throws {
        let refusal = #"{"error":{"message":"no voice","type":"invalid_request_error","param":"voice","code":null}}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(refusal, status: 400))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(Self.request, path: Self.path)
        #expect(answer.status == 400)
        #expect(answer.error("param") == "voice")
        let missing = try await rig.post(#"{"model":"bot"}"#, path: Self.path)
        #expect(missing.error("param") == "input")
        #expect(upstream.requests.count == 1)
    }

    /// OpenAI's events of speech and of transcripts, and vLLM's chunks.
    @Test(arguments: [
        (
            [#"{"type":"speech.audio.delta","audio":"UklGRg=="}"#],
            #"{"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":3,"total_tokens":17}}"#, ""
        ),
        (
            [#"{"type":"transcript.text.delta","delta":"hel"}"#, #"{"type":"transcript.text.delta","delta":"lo"}"#],
            #"{"type":"transcript.text.done","text":"hello","usage":{"input_tokens":14,"output_tokens":3}}"#, ""
        ),
        ([#"{"object":"transcription.chunk","choices":[{"delta":{"content":"hello"}}]}"#], "", "data: [DONE]\n\n"),
    ])
    func eventsEndAsTheyDoThere(deltas: [String], last: String, mark: String) async throws {
        let events = deltas + (last.isEmpty ? [] : [last])
        let texts = events.map { "data: \($0)\n\n" } + (mark.isEmpty ? [] : [mark])
        let steps = [Self.head("text/event-stream")] + texts.map(ScriptedUpstream.chunk) + [ScriptedUpstream.lastChunk]
        let upstream = try ScriptedUpstream(steps)
        let rig = try await Rig([upstream.baseURL])
        let isSpeech = deltas[0].contains("speech")
        let answer =
            isSpeech
            ? try await rig.post(Self.request, path: Self.path) : try await rig.post(form: Form.spoken("bot"))
        #expect(answer.text == texts.joined())
        #expect(answer["content-type"]?.hasPrefix("text/event-stream") == true && answer.isWhole)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.isStream)
        #expect(outcome.tokens == (last.isEmpty ? nil : Outcome.Tokens(input: 14, output: 3)))
        #expect(outcome.firstTokenMilliseconds != nil)
    }

    @Test func eventsThatStopBeforeTheirLastAreBroken() async throws {
        let delta = #"{"type":"transcript.text.delta","delta":"hel"}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.events([delta]) + [ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(form: Form.spoken("bot"))
        let events = answer.text.split(separator: "\n\n")
        #expect(events.first == "data: \(delta)")
        #expect(events.count == 2 && events[1].contains(#""error""#))
        #expect(await rig.outcomes.one().status == .brokenStream)
    }

    @Test(arguments: ["text/plain; charset=utf-8", "text/vtt", "application/x-subrip"])
    func textPassesUnderItsOwnType(type: String) async throws {
        let text = "1\n00:00:00,000 --> 00:00:02,000\nhello\n"
        let upstream = try ScriptedUpstream([
            Self.head(type, "Content-Length: \(text.utf8.count)"), .send(text),
        ])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(form: Form.spoken("bot"))
        #expect(answer.text == text)
        #expect(answer["content-type"] == type)
        #expect(await rig.outcomes.one().status == .ok)
    }

    @Test func silenceIsWrittenDownAsNothing() async throws {
        let upstream = try ScriptedUpstream([Self.head("text/plain", "Content-Length: 0")])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(form: Form.spoken("bot"))
        #expect(answer.status == 200 && answer.body.isEmpty)
    }

    @Test func jsonThatIsCutOffIsAnHonest502() async throws {
        let head = Self.head("application/json", "Content-Length: 10")
        let upstream = try ScriptedUpstream([head, .send("{\"te"), .close])
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post(form: Form.spoken("bot")).status == 502)
        #expect(await rig.outcomes.one().error == "truncated")
    }

    @Test func aCallerWhoLeavesEndsTheSound() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([
            Self.head("audio/mpeg"), Self.chunk(Array("first".utf8)), .open(gate), .untilDeparture,
        ])
        let rig = try await Rig([upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", Self.path, Self.request)
        _ = try await caller.read { $0 == "first" }
        caller.socket.close()
        await upstream.departure()
        #expect(await rig.outcomes.one().status == .clientClosed)
    }
}

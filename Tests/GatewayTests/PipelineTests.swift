import Domain
import Gateway
import Reactor
import Support
import Testing

/// Inferences that follow one another on a client's connection: each answer is sent, the next request read and its
/// transfer begun from within the end of the transfer before, on the very connection that has just come free.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PipelineTests {
    private static func question(_ number: Int) -> String {
        #"{"model":"bot","messages":[{"role":"user","content":"question \#(number)"}]}"#
    }

    private static func request(_ number: Int) -> String {
        let body = question(number)
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
    }

    private static func completion(_ text: String) -> String {
        #"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"\#(text)"},"#
            + #""finish_reason":"stop"}]}"#
    }

    /// Answers to `count` requests in order, from one connection.
    private static func answers(_ client: RawClient, _ count: Int) throws -> [WireMessage] {
        var (found, buffer) = ([WireMessage](), [UInt8]())
        while found.count < count {
            if let (head, start) = WireMessage.head(of: buffer), let length = Int(head["content-length"] ?? ""),
                buffer.count >= start + length
            {
                var message = head
                message.body = Array(buffer[start..<(start + length)])
                found.append(message)
                buffer.removeFirst(start + length)
                continue
            }
            let bytes = try client.receive()
            if bytes.isEmpty { break }
            buffer += bytes
        }
        return found
    }

    @Test func eachGetsItsOwnAnswerInOrderOverOneConnection() async throws {
        let upstream = try ScriptedUpstream { request, _ in
            let number = request.text.firstMatch(of: /question (\d+)/)?.1 ?? "none"
            return ScriptedUpstream.plain(Self.completion("answer \(number)"))
        }
        let rig = try await Rig([Rig.deployment("bot", [Rig.variant("v0", upstream.baseURL, weight: 100)])])
        let count = 300
        let answers = try await offThread {
            let client = try RawClient(port: rig.port)
            try client.send((0..<count).map(Self.request).joined())
            return try Self.answers(client, count)
        }
        #expect(answers.map(\.text) == (0..<count).map { Self.completion("answer \($0)") })
        #expect(upstream.connections == 1)
        let outcomes = await rig.outcomes.first(count)
        #expect(outcomes.allSatisfy { $0.status == .ok } && rig.outcomes.count == count)
        #expect(answers.map { $0["x-signalbox-outcome"] } == outcomes.map(\.id.text))
    }

    /// Some of them fail, and are tried elsewhere by a task, between others that take none.
    @Test func failuresBetweenThemKeepTheOrder() async throws {
        let upstream = try ScriptedUpstream { request, _ in
            let number = Int(request.text.firstMatch(of: /question (\d+)/)?.1 ?? "") ?? 0
            if number % 3 == 1 { return [.reset] }
            return ScriptedUpstream.plain(Self.completion("a"), status: number % 3 == 2 ? 500 : 200)
        }
        let sound = try ScriptedUpstream { _, _ in ScriptedUpstream.plain(Self.completion("b")) }
        var settings = GatewaySettings()
        // So many failures would have the first of them left alone.
        settings.resilience.breaks = false
        let rig = try await Rig([upstream.baseURL, sound.baseURL], settings: settings)
        let count = 60
        let answers = try await offThread {
            let client = try RawClient(port: rig.port)
            try client.send((0..<count).map(Self.request).joined())
            return try Self.answers(client, count)
        }
        #expect(answers.map(\.text) == (0..<count).map { Self.completion($0 % 3 == 0 ? "a" : "b") })
        #expect(await rig.outcomes.first(count).allSatisfy { $0.status == .ok })
    }

    /// An answer that fills the reading buffer to its last byte, with another one behind it that nobody asked for.
    @Test func whatStandsBehindAFullBufferIsNotTheNextAnswer() async throws {
        let (asked, go, sent, isHeld, release) = (Gate(), Gate(), Gate(), Gate(), Gate())
        let bufferBytes = 64 << 10
        let long = Self.completion(String(repeating: "x", count: bufferBytes - 400))
        let plain = "HTTP/1.1 200 OK\r\nX-Fill: \r\nContent-Length: \(long.utf8.count)\r\n\r\n" + long
        let fill = String(repeating: "f", count: bufferBytes - plain.utf8.count)
        let whole = plain.replacing("X-Fill: ", with: "X-Fill: " + fill)
        #expect(whole.utf8.count == bufferBytes)
        let forged = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"forged\":true}"
        let upstream = try ScriptedUpstream { _, index in
            index == 0
                ? [.open(asked), .wait(go), .send(whole + forged), .open(sent)]
                : ScriptedUpstream.plain(Self.completion("own"))
        }
        let rig = try await Rig([Rig.deployment("bot", [Rig.variant("v0", upstream.baseURL, weight: 100)])])
        let answers = try await offThread {
            let client = try RawClient(port: rig.port)
            try client.send(Self.request(0) + Self.request(1))
            asked.wait()
            // All of it is in the kernel before the loop reads any.
            Rig.loops[0].execute {
                isHeld.open()
                release.wait()
            }
            isHeld.wait()
            go.open()
            sent.wait()
            release.open()
            return try Self.answers(client, 2)
        }
        #expect(answers.map(\.text) == [long, Self.completion("own")])
    }
}

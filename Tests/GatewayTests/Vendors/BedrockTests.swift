import AWS
import Domain
import JSON
import Testing

@testable import Gateway

/// Bedrock behind OpenAI's wire, in the shapes of its public documentation.
@Suite(.timeLimit(.minutes(1))) struct BedrockTests {
    private static let credential = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    private static let model = "anthropic.claude-3-5-sonnet-20241022-v2:0"
    private static let plain =
        #"{"metrics":{"latencyMs":551},"output":{"message":{"content":[{"text":"42"}],"role":"assistant"}},"#
        + #""stopReason":"end_turn","usage":{"inputTokens":9,"outputTokens":2,"totalTokens":11}}"#

    private static func rig(
        _ upstreams: [ScriptedUpstream], credential: String = credential, model: String = model
    ) async throws -> Rig {
        let variants = upstreams.enumerated().map { index, upstream in
            Rig.variant(
                "v\(index)", "http://127.0.0.1:\(upstream.port)", weight: index == 0 ? 100 : 0, kind: "bedrock",
                settings: ["region": "eu-central-1"], model: model, credential: credential)
        }
        return try await Rig([
            Rig.deployment("bot", variants, fallbacks: Array(variants.indices.dropFirst()))
        ])
    }

    private static func frame(_ type: String, _ payload: String, exception: Bool = false) throws -> [UInt8] {
        try EventFrame(
            headers: [
                .init(exception ? ":exception-type" : ":event-type", .text(type)),
                .init(":content-type", .text("application/json")),
                .init(":message-type", .text(exception ? "exception" : "event")),
            ], payload: Array(payload.utf8)
        ).encoded()
    }

    private static func answer() throws -> [[UInt8]] {
        [
            try frame("messageStart", #"{"role":"assistant","p":"ab"}"#),
            try frame("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"4"}}"#),
            try frame("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"2"}}"#),
            try frame("contentBlockStop", #"{"contentBlockIndex":0}"#),
            try frame("messageStop", #"{"stopReason":"end_turn"}"#),
            try frame("metadata", #"{"usage":{"inputTokens":9,"outputTokens":2,"totalTokens":11},"metrics":{}}"#),
        ]
    }

    private static func chunk(_ bytes: [UInt8]) -> ScriptedUpstream.Step {
        .bytes(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10])
    }

    private static func stream(_ pieces: [[UInt8]]) -> [ScriptedUpstream.Step] {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n\r\n"
        return [.send(head)] + pieces.map(chunk) + [ScriptedUpstream.lastChunk]
    }

    @Test(arguments: [
        (model, "/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/converse"),
        (
            "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x",
            "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Feu.x/converse"
        ),
    ])
    func aRequestIsSignedForItsAddressItsBodyAndTheMoment(model: String, path: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Self.rig([upstream], credential: Self.credential + ":session", model: model)
        let answer = try await rig.post()
        #expect(answer.status == 200)
        let request = upstream.requests[0]
        #expect(request.firstLine == "POST \(path) HTTP/1.1")
        #expect(request["x-amz-date"] == "20251009T085320Z")
        try SignatureCheck(try AccessCredentials(parsing: Self.credential + ":session"), service: "bedrock").check(
            method: "POST", path: path, body: request.body, field: { request[$0] })
        #expect(request["authorization"]?.contains("/eu-central-1/bedrock/aws4_request") == true)
        #expect(
            try JSONValue(parsing: request.body) == [
                "messages": [["role": "user", "content": [["text": "6*7?"]]]]
            ])
    }

    @Test func anAnswerIsOpenAIs() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Self.rig([upstream])
        let answer = try JSONValue(parsing: try await rig.post().body)
        #expect(answer["choices"]?[0]?["message"]?["content"] == "42")
        #expect(answer["choices"]?[0]?["finish_reason"] == "stop")
        #expect(answer["usage"]?["total_tokens"] == 11)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.finishReason == "stop")
        #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 2))
    }

    @Test func anAnthropicCallerIsServedInItsOwnWords() async throws {
        let upstream = try ScriptedUpstream { _, index in
            index == 0 ? ScriptedUpstream.plain(Self.plain) : Self.stream((try? Self.answer()) ?? [])
        }
        let rig = try await Self.rig([upstream])
        let question = #""model":"bot","max_tokens":9,"messages":[{"role":"user","content":"6*7?"}]"#
        let answer = try JSONValue(
            parsing: try await rig.post("{\(question)}", path: "/v1/messages").body)
        #expect(answer["content"]?[0]?["text"] == "42")
        #expect(answer["stop_reason"] == "end_turn")
        #expect(answer["usage"]?["input_tokens"] == 9)
        #expect(try JSONValue(parsing: upstream.requests[0].body)["inferenceConfig"] == ["maxTokens": 9])
        let stream = try await rig.post(#"{"stream":true,\#(question)}"#, path: "/v1/messages").text
        #expect(stream.contains("event: message_start") && stream.contains("event: message_stop"))
        #expect(stream.contains(#""text":"4""#))
    }

    @Test(arguments: [1, 7, 100, 10_000])
    func aStreamOfFramesBecomesOneOfEventsHoweverItIsCut(size: Int) async throws {
        let bytes = try Self.answer().flatMap { $0 }
        let pieces = stride(from: 0, to: bytes.count, by: size).map {
            Array(bytes[$0..<min($0 + size, bytes.count)])
        }
        let upstream = try ScriptedUpstream(Self.stream(pieces))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(Rig.streamed)
        #expect(upstream.requests[0].firstLine.contains("/converse-stream "))
        #expect(answer.text.contains(#""content":"4""#) && answer.text.contains(#""content":"2""#))
        #expect(answer.text.contains(#""finish_reason":"stop""#))
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        #expect(!answer.text.contains("usage"), "nobody asked for it")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.finishReason == "stop")
        #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 2))
        #expect(outcome.firstTokenMilliseconds != nil)
    }

    @Test func aDamagedFrameBreaksTheStreamWithoutAForgedEnd() async throws {
        var frames = try Self.answer()
        frames[2][frames[2].count - 20] ^= 1
        let upstream = try ScriptedUpstream(Self.stream(frames))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.contains(#""content":"4""#))
        #expect(!answer.text.contains("[DONE]") && !answer.text.contains(#""finish_reason":"stop""#))
        #expect(answer.text.contains(#"data: {"error""#))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .brokenStream && outcome.error == "malformed_answer")
    }

    @Test func aStreamThatEndsEarlyIsTruncated() async throws {
        let upstream = try ScriptedUpstream(Self.stream(Array(try Self.answer().prefix(3))))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(Rig.streamed)
        #expect(!answer.text.contains("[DONE]"))
        #expect(await rig.outcomes.one().status == .brokenStream)
    }

    @Test func anExceptionBeforeTheFirstWordFallsBack() async throws {
        let throttled = try ScriptedUpstream(
            Self.stream([try Self.frame("throttlingException", #"{"message":"slow down"}"#, exception: true)]))
        let working = try ScriptedUpstream(Self.stream(try Self.answer()))
        let rig = try await Self.rig([throttled, working])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer["x-signalbox-served-by"] == "v1")
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
    }

    /// The status that it would have been before the stream.
    @Test(
        arguments: [
            ("throttlingException", 429, "slow down", .rateLimited),
            ("validationException", 400, "slow down", .invalidRequest),
            ("serviceUnavailableException", 502, nil, .upstreamError),
            ("internalServerException", 502, nil, .upstreamError),
            ("accessDeniedException", 502, nil, .upstreamError),
        ] as [(String, Int, String?, OutcomeStatus)])
    func anExceptionAsTheFirstEventIsAStatus(
        name: String, status: Int, message: String?, outcome: OutcomeStatus
    ) async throws {
        let upstream = try ScriptedUpstream(
            Self.stream([try Self.frame(name, #"{"message":"slow down"}"#, exception: true)]))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.status == status)
        if let message { #expect(answer.error("message") == message) }
        #expect(await rig.outcomes.one().status == outcome)
        #expect(rig.condition().windowFailures == (status == 502 && name != "accessDeniedException" ? 1 : 0))
    }

    @Test func aThrottledModelIsSparedAndAskedAgainAsItsDeploymentSays() async throws {
        let frame = try Self.frame("throttlingException", #"{"message":"slow down"}"#, exception: true)
        let answer = try Self.answer()
        let upstream = try ScriptedUpstream { _, index in Self.stream(index < 2 ? [frame] : answer) }
        let variant = Rig.variant(
            "v0", "http://127.0.0.1:\(upstream.port)", weight: 100, kind: "bedrock", model: Self.model,
            credential: Self.credential)
        let rig = try await Rig([Rig.deployment("bot", [variant], resilience: RetryTests.twice)])
        #expect(try await rig.post(Rig.streamed).text.hasSuffix("data: [DONE]\n\n"))
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["http_429", "http_429", nil])
    }

    @Test func anExceptionWithinTheStreamIsTheCallersToRead() async throws {
        var frames = Array(try Self.answer().prefix(2))
        frames.append(try Self.frame("modelStreamErrorException", #"{"message":"went wrong"}"#, exception: true))
        let upstream = try ScriptedUpstream(Self.stream(frames))
        let rig = try await Self.rig([upstream])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.contains("went wrong") && !answer.text.contains("[DONE]"))
        #expect(await rig.outcomes.one().status == .brokenStream)
    }

    @Test func aModelThatFailedIsNotTheCallersFault() async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain(#"{"message":"model"}"#, status: 424))
        let working = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Self.rig([failing, working])
        #expect(try await rig.post()["x-signalbox-served-by"] == "v1")
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["http_424", nil])
    }

    @Test(
        arguments: [
            (400, "ValidationException", 400, "bad n", "invalid_request_error"),
            (429, "ThrottlingException", 429, "bad n", "rate_limit_error"),
            (403, "InvalidSignatureException", 502, nil, nil), (500, "InternalServerException", 502, nil, nil),
        ] as [(Int, String, Int, String?, String?)])
    func anErrorIsOpenAIs(
        status: Int, name: String, seen: Int, message: String?, type: String?
    ) async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(#"{"message":"bad n"}"#, status: status, fields: "x-amzn-ErrorType: \(name)\r\n"))
        for body in [Rig.question, Rig.streamed] {
            let answer = try await Self.rig([upstream]).post(body)
            #expect(answer.status == seen)
            if let message { #expect(answer.error("message") == message) }
            if let type { #expect(answer.error("type") == type) }
        }
    }

    @Test(arguments: ["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-session-token"])
    func aRefusalThatQuotesAPartOfTheCredentialIsNotPassedOn(secret: String) async throws {
        for word in [secret, secret.replacing("/", with: #"\/"#)] {
            let upstream = try ScriptedUpstream(
                ScriptedUpstream.plain(#"{"message":"signed with \#(word)"}"#, status: 400))
            let rig = try await Self.rig([upstream], credential: Self.credential + ":a-session-token")
            let answer = try await rig.post()
            #expect(answer.status == 400 && answer.error("message") == "the provider answered with status 400")
        }
    }

    @Test func anAPIKeyIsABearerToken() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Self.rig([upstream], credential: "ABSKa2V5")
        #expect(try await rig.post().status == 200)
        #expect(upstream.requests[0]["authorization"] == "Bearer ABSKa2V5")
        #expect(upstream.requests[0]["x-amz-date"] == nil)
    }

    @Test func aCredentialOfAnotherFormIsNeverSent() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.plain))
        let rig = try await Self.rig([upstream], credential: "sk-of-another-vendor")
        let answer = try await rig.post()
        #expect(answer.status == 502 && answer.error("code") == "provider_misconfigured")
        #expect(upstream.connections == 0)
    }
}

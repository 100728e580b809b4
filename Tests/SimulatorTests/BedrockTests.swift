import AWS
import JSON
import Simulator
import Support
import Testing

@Suite struct BedrockTests {
    private static let path = "/model/anthropic.claude-v2%3A1/converse"
    private static let question: JSONValue = [
        "messages": [["role": "user", "content": [["text": "What is 6 times 7?"]]]]
    ]
    private static let tools: JSONValue = [
        "toolConfig": [
            "tools": [
                [
                    "toolSpec": [
                        "name": "weather",
                        "inputSchema": [
                            "json": [
                                "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
                            ]
                        ],
                    ]
                ]
            ]
        ]
    ]

    private static func frames(_ reply: ProviderReply) throws -> [EventFrame] {
        var decoder = EventFrameDecoder()
        var frames: [EventFrame] = []
        try decoder.feed(reply.body) { frames.append($0) }
        #expect(!decoder.hasPartialFrame)
        return frames
    }

    @Test func aStreamSaysWhatThePlainAnswerSays() async throws {
        try await withProvider { provider throws in
            let plain = try provider.request("POST", Self.path, Self.question.encoded())
            #expect(plain.json?["output"]?["message"]?["content"] == [["text": "42"]])
            #expect(plain.json?["stopReason"] == "end_turn")
            let reply = try provider.request("POST", Self.path + "-stream", Self.question.encoded())
            #expect(reply.head.contains("application/vnd.amazon.eventstream"))
            let frames = try Self.frames(reply)
            #expect(
                frames.map { $0.text(":event-type") } == [
                    "messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata",
                ])
            let payloads = try frames.map { try JSONValue(parsing: $0.payload) }
            #expect(payloads[1]["delta"] == ["text": "42"])
            #expect(payloads[4]["usage"] == plain.json?["usage"])
        }
    }

    @Test func aToolIsUsedWithArgumentsInPieces() async throws {
        try await withProvider { provider throws in
            let body = Self.question.mergePatched(with: Self.tools).encoded()
            let plain = try provider.request("POST", Self.path, body)
            let use = try #require(plain.json?["output"]?["message"]?["content"]?[0]?["toolUse"])
            #expect(use["input"] == ["city": "simulated"])
            #expect(plain.json?["stopReason"] == "tool_use")
            let frames = try Self.frames(try provider.request("POST", Self.path + "-stream", body))
            let payloads = try frames.map { try JSONValue(parsing: $0.payload) }
            #expect(payloads[1]["start"]?["toolUse"]?["toolUseId"] == use["toolUseId"])
            let pieces = payloads.compactMap { $0["delta"]?["toolUse"]?["input"]?.stringValue }
            #expect(pieces.joined() == #"{"city":"simulated"}"#)
        }
    }

    @Test func theSignatureIsWorkedOutAgain() async throws {
        var settings = SimulatorSettings()
        settings.requiredKey = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY:token"
        let credentials = try AccessCredentials(parsing: settings.requiredKey ?? "")
        let body = Self.question.encoded()
        try await withProvider(settings) { provider throws in
            func status(_ credentials: AccessCredentials, service: String = "bedrock", body sent: [UInt8]) throws -> Int
            {
                let fields = RequestSigner(credentials, region: "eu-central-1", service: service).fields(
                    method: "POST", path: Self.path, fields: [("Host", "simulator")], body: body,
                    at: SigningMoment(unixMilliseconds: 1_760_000_000_000))
                let reply = try provider.request(
                    "POST", Self.path, sent, headers: fields.map { "\($0.name): \($0.value)" })
                if reply.status != 200 { #expect(reply.head.contains("x-amzn-ErrorType: InvalidSignatureException")) }
                return reply.status
            }
            #expect(try status(credentials, body: body) == 200)
            #expect(try status(credentials, body: body + [0x20]) == 403)
            #expect(try status(credentials, service: "s3", body: body) == 403)
            let other = AccessCredentials(accessKeyID: credentials.accessKeyID, secretAccessKey: "other")
            #expect(try status(other, body: body) == 403)
        }
        settings.requiredKey = "ABSKbedrock"
        try await withProvider(settings) { provider throws in
            let bearer = ["Authorization: Bearer ABSKbedrock"]
            #expect(try provider.request("POST", Self.path, body, headers: bearer).status == 200)
            #expect(try provider.request("POST", Self.path, body).status == 403)
        }
    }

    @Test func errorsHaveTheirNameInAFieldAndStreamsAnExceptionFrame() async throws {
        try await withProvider { provider throws in
            for (fault, status, name) in [
                ("429", 429, "ThrottlingException"), ("503", 503, "ServiceUnavailableException"),
                ("500", 500, "InternalServerException"), ("400", 400, "ValidationException"),
            ] {
                let reply = try provider.request(
                    "POST", Self.path, Self.question.encoded(), headers: ["X-Simulator-Fault: \(fault)"])
                #expect(reply.status == status)
                #expect(reply.head.contains("x-amzn-ErrorType: \(name)"))
                #expect(reply.json?["message"]?.stringValue != nil)
            }
            let broken = try provider.request(
                "POST", Self.path + "-stream", Self.question.encoded(),
                headers: ["X-Simulator-Fault: stream-error"])
            let last = try #require(try Self.frames(broken).last)
            #expect(last.text(":message-type") == "exception")
            #expect(last.text(":exception-type") == "serviceUnavailableException")
        }
    }

    @Test(arguments: [
        "{", "{}", #"{"messages":[]}"#, #"{"messages":[{"role":"assistant","content":[{"text":"t"}]}]}"#,
        #"{"messages":[{"role":"user","content":[]}]}"#, #"{"messages":[{"role":"user","content":[{"text":""}]}]}"#,
        #"{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"user","content":[{"text":"b"}]}]}"#,
        #"{"messages":[{"role":"user","content":[{"text":"a"}]}],"toolConfig":{"tools":[]}}"#,
        #"{"messages":[{"role":"user","content":[{"text":"a"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"n"}}]}}"#,
    ])
    func whatTheVendorWouldNotTakeIsRefused(body: String) async throws {
        try await withProvider { provider throws in
            let reply = try provider.request("POST", Self.path, Array(body.utf8))
            #expect(reply.status == 400)
            #expect(reply.head.contains("ValidationException"))
        }
    }
}

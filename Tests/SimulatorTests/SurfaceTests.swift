import JSON
import Simulator
import Testing

@Suite struct SurfaceTests {
    private static func post(
        _ provider: RunningProvider, _ name: String, _ body: JSONValue, headers: [String] = []
    ) throws -> ProviderReply {
        try provider.request("POST", "/v1/" + name, body.encoded(), headers: headers)
    }

    /// A sound request to each.
    static let requests: [(name: String, body: JSONValue)] = [
        ("completions", ["model": "sim", "prompt": "Once"]), ("embeddings", ["model": "sim", "input": ["a", "b"]]),
        ("moderations", ["model": "sim", "input": "I will kill you"]),
        ("rerank", ["model": "sim", "query": "green boats", "documents": ["old roof", "the green boats", "boats"]]),
        ("images/generations", ["model": "sim", "prompt": "an otter", "n": 2]),
    ]

    @Test func everySurfaceAnswersAlikeForOneSeedAndOtherwiseForAnother() async throws {
        var answers: [[[UInt8]]] = []
        for seed: UInt64 in [7, 7, 8] {
            var settings = SimulatorSettings()
            settings.seed = seed
            try await withProvider(settings) { provider throws in
                answers.append(
                    try Self.requests.map { name, body in
                        let reply = try Self.post(provider, name, body)
                        #expect(reply.status == 200, "\(name)")
                        return reply.body
                    })
            }
        }
        #expect(answers[0] == answers[1])
        // An image is the same dot for everybody.
        for index in answers[0].indices.dropLast() { #expect(answers[0][index] != answers[2][index]) }
    }

    @Test func everySurfaceHasTheFaultsAndTheErrorsOfTheVendor() async throws {
        try await withProvider { provider throws in
            for (name, body) in Self.requests {
                let limited = try Self.post(provider, name, body, headers: ["X-Simulator-Fault: 429"])
                #expect(limited.status == 429)
                #expect(!(try Self.post(provider, name, body, headers: ["X-Simulator-Fault: truncate"])).isWhole)
                for (key, _) in body.objectValue ?? [:] where key != "n" {
                    let wrong = try Self.post(provider, name, body.mergePatched(with: .object([key: 7.5])))
                    #expect(wrong.status == 400)
                    #expect(wrong.error?["param"]?.stringValue == key)
                }
            }
            #expect(try provider.request("POST", "/v1/embeddings", Array("{".utf8)).status == 400)
        }
    }

    @Test func aStreamedCompletionSaysWhatThePlainOneSays() async throws {
        try await withProvider { provider throws in
            let prompts: JSONValue = ["model": "sim", "prompt": ["Once", "upon a time"]]
            let plain = try Self.post(provider, "completions", prompts)
            let texts = plain.json?["choices"]?.arrayValue?.compactMap { $0["text"]?.stringValue }
            let reply = try Self.post(
                provider, "completions",
                prompts.mergePatched(with: ["stream": true, "stream_options": ["include_usage": true]]))
            #expect(reply.isWhole)
            #expect(reply.events.last == "[DONE]")
            let choices = reply.chunks.compactMap { $0["choices"]?[0] }
            for (index, text) in (texts ?? []).enumerated() {
                let own = choices.filter { $0["index"]?.intValue == index }
                #expect(own.compactMap { $0["text"]?.stringValue }.joined() == text)
                #expect(own.last?["finish_reason"] == "stop")
            }
            #expect(texts?.count == 2)
            #expect(reply.chunks.last?["usage"] == plain.json?["usage"])
            #expect(reply.chunks.dropLast().allSatisfy { $0["usage"]?.isNull == true })
        }
    }

    @Test func vectorsAreOfLengthOneAndPackedTheSame() async throws {
        try await withProvider { provider throws in
            let body: JSONValue = ["model": "sim", "input": ["a", "b", "a"], "dimensions": 5]
            let data = try Self.post(provider, "embeddings", body).json?["data"]
            let vectors = (0..<3).map { data?[$0]?["embedding"]?.arrayValue?.compactMap(\.doubleValue) ?? [] }
            #expect(vectors[0] == vectors[2])
            #expect(vectors[0] != vectors[1])
            for vector in vectors {
                #expect(vector.count == 5)
                #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
            }
            let packed = try Self.post(
                provider, "embeddings", body.mergePatched(with: ["encoding_format": "base64"]))
            // Five floats are 20 bytes, in base64 28 characters with one of padding.
            let text = try #require(packed.json?["data"]?[0]?["embedding"]?.stringValue)
            #expect(text.utf8.count == 28 && text.hasSuffix("=") && !text.hasSuffix("=="))
        }
    }

    @Test func whatHoldsMoreOfTheQueryStandsFirst() async throws {
        try await withProvider { provider throws in
            let body = Self.requests[3].body
            let results = try Self.post(provider, "rerank", body).json?["results"]?.arrayValue ?? []
            #expect(results.map { $0["index"]?.intValue } == [1, 2, 0])
            let top = try Self.post(
                provider, "rerank", body.mergePatched(with: ["top_n": 1, "return_documents": true]))
            #expect(top.json?["results"]?.arrayValue?.count == 1)
            #expect(top.json?["results"]?[0]?["document"]?["text"] == "the green boats")
        }
    }

    @Test func moderationFlagsKillingAlone() async throws {
        try await withProvider { provider throws in
            let reply = try Self.post(
                provider, "moderations", ["model": "sim", "input": ["a parcel", "they KILL"]])
            let flagged = reply.json?["results"]?.arrayValue?.map { $0["flagged"]?.boolValue }
            #expect(flagged == [false, true])
            #expect(reply.json?["results"]?[1]?["categories"]?["violence"] == true)
        }
    }
}

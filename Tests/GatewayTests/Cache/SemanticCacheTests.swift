import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct SemanticCacheTests {
    @Test func whoAsksSomethingAlikeGetsTheAnswerAtNoCost() async throws {
        let alike = try await AlikeRig()
        let first = try await alike.post("where is my parcel")
        alike.clock.advance(seconds: 7)
        let second = try await alike.post("where is my parcel!!!!!!!!!!", #","user":"u2""#)
        #expect(first["x-signalbox-cache"] == "miss")
        #expect(first["x-signalbox-cache-similarity"] == nil)
        #expect(second["x-signalbox-cache"] == "hit")
        // The cosine of ten degrees.
        #expect(second["x-signalbox-cache-similarity"] == "0.98481")
        #expect(second["age"] == "7")
        #expect(second.body == first.body)
        // Asked the same way again it is known, without a vector, and still no more than alike.
        let third = try await alike.post("where is my parcel!!!!!!!!!!")
        #expect(third["x-signalbox-cache-similarity"] == "0.98481")
        #expect(alike.chat.requests.count == 1)
        #expect(alike.embedder.requests.count == 2)
        let outcomes = await alike.rig.outcomes.first(5)
        #expect(outcomes.map(\.origin) == [.cache, .traffic, .cache, .traffic, .traffic])
        #expect(outcomes.map(\.cache) == [nil, .miss, nil, .hit, .hit])
        #expect(outcomes.map(\.similarity) == [nil, nil, nil, 98_481, 98_481])
        #expect(outcomes[3].costMicroUSD == 0 && outcomes[3].savedMicroUSD == 6_000)
        #expect(outcomes[3].attemptCount == 0 && outcomes[3].servedBy == "v0")
        // The vector's own outcome is the embedding deployment's, at its price, beside the request's.
        #expect(outcomes[2].deployment == "embedder" && outcomes[2].surface == "embeddings")
        #expect(outcomes[2].status == .ok && outcomes[2].costMicroUSD == 100)
        #expect(outcomes[2].requestID == outcomes[3].requestID && outcomes[2].unit == "u2")
        #expect(try alike.tally.hits == 2 && alike.tally.similarHits == 2 && alike.tally.misses == 1)
        #expect(try alike.tally.vectors == 2 && alike.tally.vectorFailures == 0)
        #expect(try alike.tally.savedMicroUSD == 12_000)
    }

    @Test func whatIsNotAlikeEnoughIsAskedFor() async throws {
        let alike = try await AlikeRig()
        _ = try await alike.post("where is my parcel")
        // Eighteen degrees are 0.95106, nineteen 0.94552.
        #expect(try await alike.cache(AlikeRig.ask("where is my parcel" + String(repeating: "!", count: 19))) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("bread")) == "miss")
        #expect(
            try await alike.cache(AlikeRig.ask("parcel" + String(repeating: "!", count: 18))) == "hit 0.99985",
            "of two that are alike the likest answers")
        #expect(alike.vectors.count == 3)
    }

    @Test func atTheHighestThresholdTheSameMeaningIsStillTheSame() async throws {
        let alike = try await AlikeRig(policy: SemanticPolicy(embeddings: "embedder", threshold: 1))
        _ = try await alike.post("where is my parcel")
        #expect(try await alike.cache(AlikeRig.ask("where IS my parcel")) == "hit 1.0")
        #expect(try await alike.cache(AlikeRig.ask("where IS my parcel!")) == "miss")
    }

    /// What others complain of: answers across prompts, models, users, tools and turns.
    @Test(arguments: [
        #"{"model":"bot","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"where!"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#
            + #"{"role":"user","content":"where!"}]}"#,
        #"{"model":"bot","tools":[{"type":"function"}],"messages":[{"role":"user","content":"where!"}]}"#,
        #"{"model":"bot","temperature":0.5,"messages":[{"role":"user","content":"where!"}]}"#,
        #"{"model":"bot","stream":true,"messages":[{"role":"user","content":"where!"}]}"#,
        #"{"model":"bot","signalbox":{"variables":{"a":"b"}},"messages":[{"role":"user","content":"where!"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","name":"Ann","content":"where!"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":[{"type":"text","text":"where!"},"#
            + #"{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":"where is 4712!"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":"where + here!"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":"where not!"}]}"#,
    ])
    func whateverElseIsSaidHasToBeTheSame(body: String) async throws {
        let alike = try await AlikeRig()
        _ = try await alike.post("where")
        _ = try await alike.post("where is 4711")
        #expect(try await alike.cache(body) == "miss")
        #expect(try await alike.cache(body.replacing("!", with: "!!")) == "hit 0.99985")
    }

    @Test func ofAMessageInPartsTheLastTextIsCompared() async throws {
        let alike = try await AlikeRig()
        func body(_ first: String, _ last: String, image: String = "a") -> String {
            #"{"model":"bot","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"\#(first)"},"#
                + #"{"type":"text","text":"\#(last)"},{"type":"image","source":"\#(image)"}]}]}"#
        }
        let path = "/v1/chat/completions"
        #expect(try await alike.cache(body("one", "where"), path: path) == "miss")
        #expect(try await alike.cache(body("one", "where!"), path: path) == "hit 0.99985")
        #expect(try await alike.cache(body("two", "where!"), path: path) == "miss")
        #expect(try await alike.cache(body("one", "where!", image: "b"), path: path) == "miss")
        #expect(alike.embedder.requests.map(AlikeRig.input) == ["where", "where!", "where!", "where!"])
    }

    @Test(arguments: [
        #"{"model":"bot","messages":[]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"The answer is"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":"  \n"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":null}]}"#,
        #"{"model":"bot","messages":[{"role":"tool","tool_call_id":"c","content":"9 degrees"}]}"#,
        #"{"model":"bot","messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#,
        AlikeRig.ask(String(repeating: "long ", count: 2_000)),
    ])
    func whatIsNoQuestionInWordsIsTheVerySameOrNothing(body: String) async throws {
        let alike = try await AlikeRig()
        #expect(try await alike.cache(body) == "miss")
        #expect(try await alike.cache(body) == "hit")
        #expect(alike.embedder.requests.isEmpty)
        #expect(try alike.tally.vectors == 0)
    }

    @Test func unitsShareNothingWhereThePolicySaysSo() async throws {
        let alike = try await AlikeRig(scope: .unit)
        _ = try await alike.post("where", #","user":"ann""#)
        #expect(try await alike.cache(AlikeRig.ask("where!", #","user":"bob""#)) == "miss")
        #expect(try await alike.cache(AlikeRig.ask("where!!", #","user":"ann""#)) == "hit 0.99939")
        // Of two by the same name one is a session.
        #expect(try await alike.cache(AlikeRig.ask("where!!")) == "bypass")
    }

    @Test func aStreamIsGivenAgainToWhoAsksSomethingAlike() async throws {
        let alike = try await AlikeRig()
        let first = try await alike.post("where", #","stream":true"#)
        let second = try await alike.post("where!!!", #","stream":true"#)
        #expect(second["x-signalbox-cache"] == "hit")
        #expect(second["x-signalbox-cache-similarity"] == "0.99863")
        #expect(second["content-type"] == first["content-type"])
        #expect(second.text == first.text && second.text.hasSuffix("data: [DONE]\n\n"))
        #expect(alike.chat.requests.count == 1)
    }

    @Test func anAnswerLivesNoLongerForThoseWhoAskSomethingAlike() async throws {
        let alike = try await AlikeRig()
        _ = try await alike.post("where")
        alike.clock.advance(seconds: 59)
        #expect(try await alike.cache(AlikeRig.ask("where!")) == "hit 0.99985")
        alike.clock.advance(seconds: 1)
        #expect(try await alike.cache(AlikeRig.ask("where!")) == "miss")
        // And what was alike to what was alike is no further answer.
        #expect(alike.vectors.count == 1)
    }

    @Test func callersSayWhatTheyWantOfIt() async throws {
        let alike = try await AlikeRig()
        _ = try await alike.post("where")
        alike.clock.advance(seconds: 10)
        func said(_ directive: String, _ text: String) async throws -> String {
            try await alike.cache(AlikeRig.ask(text), fields: ["Cache-Control: \(directive)"])
        }
        #expect(try await said("no-store", "where!") == "bypass")
        #expect(try await said("no-cache", "where!") == "miss")
        #expect(alike.embedder.requests.count == 1, "what is not read needs no vector")
        #expect(try await said("max-age=9", "where!!") == "miss")
        #expect(try await said("max-age=10", "where!!!") == "hit 0.99985")
    }

    @Test func aPurgeTakesTheVectorsToo() async throws {
        let alike = try await AlikeRig()
        _ = try await alike.post("where")
        #expect(alike.vectors.count == 1 && alike.vectors.bytes > 32)
        _ = alike.rig.gateway.cache.purge { $0.project == "other" }
        #expect(alike.vectors.count == 1)
        _ = alike.rig.gateway.cache.purge { $0.project == "default" }
        #expect(alike.vectors.count == 0 && alike.vectors.bytes == 0)
        #expect(try await alike.cache(AlikeRig.ask("where!")) == "miss")
    }

    /// No answer was kept of it: too long.
    @Test func whatIsNotKeptIsNoAnswerToAnything() async throws {
        var settings = GatewaySettings()
        settings.cacheEntryBytesMax = 16
        let alike = try await AlikeRig(settings: settings)
        for _ in 0..<2 { #expect(try await alike.cache(AlikeRig.ask("where")) == "miss") }
        #expect(alike.vectors.count == 0)
    }

    @Test func explainTellsWhatWouldBeCompared() async throws {
        let alike = try await AlikeRig(embedderOptions: ["regions": [["name": "eu", "allow": ["eu"]]]])
        func explained(_ messages: String) async throws -> JSONValue? {
            let answer = try await alike.rig.post(
                #"{"request":{"messages":\#(messages)}}"#, path: "/api/v1/deployments/bot/explain")
            return try JSONValue(parsing: answer.body)["cache"]
        }
        let cache = try await explained(#"[{"role":"user","content":"where"}]"#)
        #expect(cache?["ttl_s"] == 60 && cache?["scope"] == "deployment")
        let semantic = cache?["semantic"]
        #expect(semantic?["embeddings"] == "embedder" && semantic?["threshold"] == 0.95)
        #expect(semantic?["compared"] == "where")
        #expect(semantic?["skipped"]?["code"] == "region_not_allowed")
        let none = try await explained("[]")
        #expect(none?["semantic"]?["compared"] == .null && none?["semantic"]?["skipped"]?["code"] == "no_question")
        #expect(alike.embedder.requests.isEmpty)
    }
}

import Domain
import HTTP
import JSON
import REST
import Reactor
import Support
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct RoutingRuleTests {
    private static let good = ScriptedUpstream.plain(ScriptedUpstream.completion)
    private static let failing = ScriptedUpstream.plain("{}", status: 500)

    private static let rules: JSONValue = [
        [
            "name": "chinese", "when": #"slice.language == "zh" && key.name == "tests""#,
            "weights": ["b": 100],
        ],
        ["name": "long", "when": "bytes > 500 && !stream", "weights": ["c": 100]],
        ["name": "gold", "when": #"header["X-Tier"] == "gold""#, "weights": ["b": 50, "c": 50]],
        ["name": "night", "when": "time.hour == 8 && metadata.night == true", "weights": ["b": 100]],
    ]

    /// Three variants, each with an upstream of its own that ends with this.
    private struct Trio {
        let rig: Rig
        let upstreams: [ScriptedUpstream]

        init(_ document: JSONValue, regions: [String?] = [nil, nil, nil], fails: Set<Int> = []) async throws {
            let upstreams = try (0..<3).map { try ScriptedUpstream(fails.contains($0) ? failing : good) }
            let variants = zip(["a", "b", "c"], zip(upstreams, regions)).map { name, place in
                Rig.variant(name, place.0.baseURL, weight: name == "a" ? 100 : 0, region: place.1)
            }
            self.upstreams = upstreams
            rig = try await Rig([Rig.deployment("bot", variants, fallbacks: [0, 1, 2], options: document)])
        }
    }

    @Test(arguments: [
        (["X-Signalbox-Slice: language=zh"], "", "b"), (["X-Signalbox-Slice: language=de"], "", "a"),
        ([], #","metadata":{"language":"zh"}"#, "b"), ([], #","pad":"\#(String(repeating: "x", count: 500))""#, "c"),
        // The first that holds decides.
        (["X-Signalbox-Slice: language=zh"], #","pad":"\#(String(repeating: "x", count: 500))""#, "b"),
        // 2025-10-09 08:53:20 UTC, a Thursday.
        ([], #","metadata":{"night":true}"#, "b"), ([], #","metadata":{"night":"true"}"#, "a"),
    ])
    func theFirstRuleThatHoldsDecides(_ fields: [String], _ member: String, _ variant: String) async throws {
        let trio = try await Trio(["rules": Self.rules])
        let body = #"{"model":"bot","messages":[]\#(member)}"#
        let answer = try await trio.rig.post(body, fields: fields)
        #expect(answer.status == 200)
        #expect(answer["x-signalbox-variant"] == variant)
        #expect(await trio.rig.outcomes.one().probability == 1)
    }

    @Test func aRulesSharesAreKeptByUnitAndToldAsProbability() async throws {
        let trio = try await Trio(["rules": Self.rules])
        var seen = [String: String]()
        for number in 0..<60 {
            let unit = "u\(number % 20)"
            let answer = try await trio.rig.post(fields: ["X-Tier: gold", "X-Signalbox-Unit: \(unit)"])
            let variant = try #require(answer["x-signalbox-variant"])
            #expect(["b", "c"].contains(variant))
            #expect(seen[unit, default: variant] == variant)
            seen[unit] = variant
        }
        #expect(Set(seen.values) == ["b", "c"])
        #expect(await trio.rig.outcomes.first(60).allSatisfy { $0.probability == 0.5 })
    }

    @Test func aRegionRuleIsNeverLeftNotEvenByAFallback() async throws {
        let regions: JSONValue = [
            ["name": "eu", "when": #"slice.country in ["de", "fr"]"#, "allow": ["eu-west", "eu-central"]]
        ]
        let trio = try await Trio(["regions": regions], regions: ["us-east", "eu-west", nil], fails: [1])
        #expect(try await trio.rig.post()["x-signalbox-served-by"] == nil)
        // a is in the US; c does not say where it is; b is right, and fails.
        let answer = try await trio.rig.post(fields: ["X-Signalbox-Slice: country=de"])
        #expect(answer.status == 502)
        let outcome = await trio.rig.outcomes.first(2)[1]
        #expect(outcome.attempts.map(\.variant) == ["b"])
    }

    @Test func whereRegionsLeaveNobodyTheRequestIsBlocked() async throws {
        let regions: JSONValue = [["name": "ch", "allow": ["ch"]], ["name": "eu", "allow": ["eu-west"]]]
        let trio = try await Trio(["regions": regions], regions: ["ch", "eu-west", nil])
        for body in [Rig.question, Rig.streamed] {
            let answer = try await trio.rig.post(body)
            #expect(answer.status == 403)
            #expect(answer.text.contains("region_not_allowed"))
        }
        let outcomes = await trio.rig.outcomes.first(2)
        #expect(outcomes.allSatisfy { $0.status == .blocked && $0.deployment == "bot" && $0.revision == 3 })
        #expect(outcomes.allSatisfy { $0.attempts.isEmpty && $0.variant.isEmpty })
    }

    /// What was allowed when the revision was made may be forbidden now.
    @Test func aPinnedRevisionStaysWithinTheRegionsOfTheLiveOne() async throws {
        let upstream = try ScriptedUpstream(Self.good)
        let variants = [Rig.variant("a", upstream.baseURL, weight: 100, region: "us-east")]
        let regions: JSONValue = ["regions": [["name": "eu", "when": "has(slice.country)", "allow": ["eu-west"]]]]
        let rig = try await Rig(
            [Rig.deployment("bot", variants, revision: 3, options: regions)],
            pinned: [Rig.deployment("bot", variants, revision: 1)])
        let pinned = Rig.question.replacing("\"bot\"", with: "\"bot@1\"")
        #expect(try await rig.post(pinned).status == 200)
        #expect(try await rig.post(pinned, fields: ["X-Signalbox-Slice: country=de"]).status == 403)
        #expect(await rig.outcomes.first(2)[1].status == .blocked)
    }

    /// On the path of media as well, which is one of its own.
    @Test func aPinnedRevisionSpeaksWithinTheRegionsOfTheLiveOne() async throws {
        let upstream = try ScriptedUpstream([MediaTests.head("audio/mpeg", "Content-Length: 5"), .send("sound")])
        let variants = [Rig.variant("a", upstream.baseURL, weight: 100, region: "us-east")]
        let regions: JSONValue = ["regions": [["name": "eu", "when": "has(slice.country)", "allow": ["eu-west"]]]]
        let rig = try await Rig(
            [Rig.deployment("bot", variants, revision: 3, options: regions)],
            pinned: [Rig.deployment("bot", variants, revision: 1)])
        let pinned = MediaTests.request.replacing("\"bot\"", with: "\"bot@1\"")
        #expect(try await rig.post(pinned, path: MediaTests.path).text == "sound")
        let there = ["X-Signalbox-Slice: country=de"]
        #expect(try await rig.post(pinned, fields: there, path: MediaTests.path).status == 403)
        #expect(try await rig.post(form: Form.spoken("bot@1"), fields: there).status == 403)
        #expect(upstream.requests.count == 1)
    }

    /// A rule of regions that cannot be decided forbids; one that gives shares does not decide.
    @Test func aTextThatIsTooLongToLookAtDoesNotLeaveItsRegion() async throws {
        let pattern = #"metadata.note.matches('(x|y|xy)*z$')"#
        let trio = try await Trio(
            [
                "regions": [["name": "eu", "when": .string(pattern), "allow": ["eu-west"]]],
                "rules": [["name": "r", "when": .string(pattern), "weights": ["c": 100]]],
            ], regions: ["us-east", "eu-west", "eu-west"])
        let note = String(repeating: "x", count: 500_000)
        let answer = try await trio.rig.post(#"{"model":"bot","messages":[],"metadata":{"note":"\#(note)"}}"#)
        #expect(answer.status == 200)
        #expect(answer["x-signalbox-variant"] == "b")
        #expect(try await trio.rig.post()["x-signalbox-variant"] == "a")
    }

    @Test func ofSeveralHeaderLinesNoneStandsForAll() async throws {
        let trio = try await Trio(["rules": Self.rules])
        let answer = try await trio.rig.post(fields: ["X-Tier: gold", "X-Tier: free"])
        #expect(answer["x-signalbox-variant"] == "a")
    }

    // MARK: Explanations

    private func explain(_ rig: Rig, _ body: JSONValue) async throws -> (status: Int, json: JSONValue) {
        let answer = try await rig.post(body.text, path: "/api/v1/deployments/bot/explain")
        return (answer.status, try JSONValue(parsing: answer.text))
    }

    /// Whatever is asked, what is explained is what happens.
    @Test func whatIsExplainedIsWhatHappens() async throws {
        let document: JSONValue = [
            "rules": Self.rules,
            "regions": [["name": "eu", "when": #"slice.country == "de""#, "allow": ["eu-west"]]],
        ]
        let trio = try await Trio(document, regions: ["us-east", "eu-west", "eu-west"])
        var generator = SeededGenerator(seed: 3)
        for number in 0..<80 {
            var headers: JSONObject = ["X-Signalbox-Unit": .string("unit-\(number)")]
            if Bool.random(using: &generator) { headers["X-Tier"] = "gold" }
            var slices = [String]()
            if Bool.random(using: &generator) { slices.append("language=zh") }
            if Bool.random(using: &generator) { slices.append("country=de") }
            if !slices.isEmpty { headers["X-Signalbox-Slice"] = .string(slices.joined(separator: ",")) }
            var request: JSONObject = ["messages": []]
            if Bool.random(using: &generator) { request["pad"] = .string(String(repeating: "x", count: 500)) }
            let (status, told) = try await explain(
                trio.rig, ["request": .object(request), "headers": .object(headers)])
            #expect(status == 200)
            request["model"] = "bot"
            let answer = try await trio.rig.post(
                JSONValue.object(request).text,
                fields: headers.map { "\($0.key): \($0.value.stringValue ?? "")" })
            #expect(told["variant"]?.stringValue == answer["x-signalbox-variant"])
            #expect(told["tries"]?[0]?["variant"] == told["variant"])
        }
    }

    @Test func anExplanationSaysWhy() async throws {
        let document: JSONValue = [
            "rules": Self.rules, "regions": [["name": "eu", "allow": ["eu-west"]]],
        ]
        let trio = try await Trio(document, regions: ["us-east", "eu-west", "eu-west"])
        let (status, told) = try await explain(
            trio.rig,
            [
                "request": ["messages": [], "stream": true, "metadata": ["language": "zh", "user_id": "ann"]],
                "key": ["name": "tests"], "at": "2026-01-01T08:00:00Z",
            ])
        #expect(status == 200)
        #expect(told["unit"] == ["kind": "user", "value": "ann"])
        #expect(told["slices"] == ["language": "zh"])
        #expect(told["rule"] == "chinese")
        #expect(told["variant"] == "b")
        #expect(told["probability"] == 1.0)
        #expect(told["weights"] == ["a": 0, "b": 100, "c": 0])
        #expect(told["rules"]?.arrayValue?.map { $0["holds"] } == [true, false, false, false])
        #expect(told["regions"]?[0]?["holds"] == true)
        let tries = told["tries"]?.arrayValue ?? []
        #expect(tries.map { $0["variant"] } == ["b", "a", "c"])
        #expect(tries.map { $0["skipped"]?["code"] } == [nil, "region_not_allowed", nil])
        #expect(told["refused"] == .null)
        #expect(
            try await explain(trio.rig, ["request": ["messages": []], "key": ["name": "other"]]).json["rule"] == .null)
    }

    @Test(arguments: [
        (#"{"request":{"stream":"yes"}}"#, "/request/stream"), (#"{"surface":"chats"}"#, "/surface"),
        (#"{"at":"soon"}"#, "/at"), (#"{"headers":{"X-Signalbox-Slice":"zh"}}"#, "/headers/X-Signalbox-Slice"),
        (#"{"request":{"signalbox":{"variables":3}}}"#, "/request/signalbox/variables"), (#"{"body":{}}"#, "/body"),
        (#"{"surface":"embeddings"}"#, "/request/input"),
    ])
    func aSampleThatACallWouldNotGetFurtherWithIsRefused(_ body: String, _ pointer: String) async throws {
        let trio = try await Trio(["rules": Self.rules])
        let answer = try await trio.rig.post(body, path: "/api/v1/deployments/bot/explain")
        #expect(answer.status == 422)
        #expect(try JSONValue(parsing: answer.text)["errors"]?[0]?["pointer"]?.stringValue == pointer)
        #expect(try await trio.rig.post("{}", path: "/api/v1/deployments/nobody/explain").status == 404)
    }
}

import Domain
import JSON
import Testing

@testable import Gateway

/// What a provider keeps of a response is read and deleted there, and only who may call a deployment of it finds it.
@Suite(.timeLimit(.minutes(1))) struct StoredResponseTests {
    private static func send(
        _ rig: Rig, _ method: String = "GET", _ path: String, fields: [String] = []
    ) async throws -> WireMessage {
        let caller = try await Caller.connect(port: rig.port)
        defer { caller.socket.close() }
        try await caller.send(method, path, fields: fields)
        return try await caller.answer()
    }

    private static func keeping() throws -> ScriptedUpstream {
        try ScriptedUpstream { request, _ in
            if request.firstLine.hasPrefix("DELETE") {
                return ScriptedUpstream.plain(#"{"id":"resp_1","object":"response","deleted":true}"#)
            }
            return ScriptedUpstream.plain(ResponseTests.plain)
        }
    }

    @Test func aResponseIsReadAndDeletedWhereItIsKept() async throws {
        let upstream = try Self.keeping()
        let rig = try await Rig([upstream.baseURL])
        let shown = try await Self.send(rig, "GET", "/v1/responses/resp_1?include%5B%5D=a&model=bot&include%5B%5D=b")
        #expect(shown.status == 200 && shown.text == ResponseTests.plain)
        #expect(shown["x-signalbox-deployment"] == "bot" && shown["x-request-id"] != nil)
        let deleted = try await Self.send(rig, "DELETE", "/v1/responses/resp_1")
        #expect(deleted.text == #"{"id":"resp_1","object":"response","deleted":true}"#)
        let items = try await Self.send(rig, "GET", "/v1/responses/resp_1/input_items?limit=2")
        #expect(items.status == 200)
        #expect(
            upstream.requests.map(\.firstLine) == [
                "GET /v1/responses/resp_1?include%5B%5D=a&include%5B%5D=b HTTP/1.1",
                "DELETE /v1/responses/resp_1 HTTP/1.1", "GET /v1/responses/resp_1/input_items?limit=2 HTTP/1.1",
            ])
        for request in upstream.requests {
            #expect(request["authorization"] == "Bearer sk-canary-v0" && request["x-team"] == "blue")
            #expect(request["content-length"] == nil && request["content-type"] == nil)
        }
        #expect(upstream.connections == 1)
        // What is no inference has no outcome: the first one is that of the first inference.
        _ = try await rig.post(#"{"model":"bot","input":"x"}"#, path: ResponseTests.path)
        #expect(await rig.outcomes.one().tokens?.input == 9)
    }

    @Test func whatNamesNoProviderIsRefusedByNameAndNobodyIsAsked() async throws {
        let (one, other) = (try Self.keeping(), try Self.keeping())
        let rig = try await Rig(
            [
                Rig.deployment("one", [Rig.variant("a", one.baseURL, weight: 100)]),
                Rig.deployment("other", [Rig.variant("b", other.baseURL, weight: 100)]),
                Rig.deployment(
                    "both",
                    [Rig.variant("a", one.baseURL, weight: 50), Rig.variant("b", other.baseURL, weight: 50)]),
                Rig.deployment("wordless", [Rig.variant("c", one.baseURL, weight: 100, kind: "anthropic")]),
            ])
        for path in ["/v1/responses/resp_1", "/v1/responses/resp_1?model=both"] {
            let answer = try await Self.send(rig, "GET", path)
            #expect(answer.status == 400 && answer.error("param") == "model")
        }
        #expect(try await Self.send(rig, "GET", "/v1/responses/resp_1?model=nobody").status == 404)
        let wordless = try await Self.send(rig, "DELETE", "/v1/responses/resp_1?model=wordless")
        #expect(wordless.status == 400 && wordless.error("code") == "unsupported_surface")
        let stream = try await Self.send(rig, "GET", "/v1/responses/resp_1?model=one&stream=true")
        #expect(stream.status == 400 && stream.error("param") == "stream")
        for id in ["%2E%2E", "..%2Ffiles", "a%3Fb", "a%0D%0Ab", "%C3%A9", String(repeating: "a", count: 257)] {
            let answer = try await Self.send(rig, "DELETE", "/v1/responses/\(id)?model=one")
            #expect((400...404).contains(answer.status), "\(id)")
        }
        #expect(one.requests.isEmpty && other.requests.isEmpty)
        #expect(try await Self.send(rig, "GET", "/v1/responses/resp_1?model=other@production").status == 200)
        #expect(one.requests.isEmpty && other.requests.count == 1)
    }

    @Test func aKeyFindsWhatTheDeploymentsLeadToThatItMayCall() async throws {
        let (one, other) = (try Self.keeping(), try Self.keeping())
        let rig = try await Rig(
            [
                Rig.deployment("one", [Rig.variant("a", one.baseURL, weight: 100)]),
                Rig.deployment("other", [Rig.variant("b", other.baseURL, weight: 100)]),
            ],
            principal: Principal(
                keyID: "k1", name: "tests", project: "default", role: .caller, deployments: ["other"]))
        #expect(try await Self.send(rig, "GET", "/v1/responses/resp_1").status == 200)
        #expect(try await Self.send(rig, "GET", "/v1/responses/resp_1?model=one").status == 404)
        #expect(one.requests.isEmpty && other.requests.count == 1)
    }

    @Test func regionsHoldForWhatIsReadToo() async throws {
        let upstream = try Self.keeping()
        let rules: JSONValue = ["regions": [["name": "eu", "allow": ["eu"]]]]
        let rig = try await Rig([
            Rig.deployment("bot", [Rig.variant("a", upstream.baseURL, weight: 100, region: "us")], options: rules)
        ])
        let answer = try await Self.send(rig, "GET", "/v1/responses/resp_1")
        #expect(answer.status == 403 && answer.error("code") == "region_not_allowed")
        #expect(upstream.requests.isEmpty)
    }

    private static let failures: [(steps: [ScriptedUpstream.Step], status: Int, code: String?)] = [
        (
            ScriptedUpstream.plain(#"{"error":{"message":"gone","type":"x","param":null,"code":"gone"}}"#, status: 404),
            404, "gone"
        ),
        (ScriptedUpstream.plain(#"{"error":{"message":"sk-canary-v0 is bad"}}"#, status: 400), 400, nil),
        (ScriptedUpstream.plain(#"{"error":{"message":"no"}}"#, status: 401), 502, "provider_misconfigured"),
        (ScriptedUpstream.plain("{}", status: 500), 502, "upstream_error"),
        (ScriptedUpstream.plain("garbage"), 502, "upstream_error"), ([.reset], 502, "upstream_error"),
    ]

    @Test(arguments: failures)
    func whatGoesWrongIsToldAsEverywhere(
        steps: [ScriptedUpstream.Step], status: Int, code: String?
    ) async throws {
        let upstream = try ScriptedUpstream(steps)
        let rig = try await Rig([upstream.baseURL])
        let answer = try await Self.send(rig, "GET", "/v1/responses/resp_1")
        #expect(answer.status == status && answer.error("code") == code)
        #expect(!answer.text.contains("canary"))
    }

    @Test func itIsARequestOfItsKeysAndOfNoTokens() async throws {
        let upstream = try Self.keeping()
        let book = MeterBook(clock: WallClock { Timestamp(milliseconds: 1_760_000_000_000) })
        var limits = RateLimits()
        limits.requestsPerMinute = 1
        limits.tokensPerMinute = 1
        limits.concurrent = 1
        let meters = [book.meter(.key, id: "k1", name: "k1", limits: limits, budget: nil)].compactMap { $0 }
        let rig = try await Rig(
            [Rig.deployment("bot", [Rig.variant("a", upstream.baseURL, weight: 100)])],
            principal: Principal(keyID: "k1", name: "tests", project: "default", role: .caller, meters: meters),
            meters: book)
        let first = try await Self.send(rig, "GET", "/v1/responses/resp_1")
        #expect(first.status == 200 && first["x-ratelimit-remaining-requests"] == "0")
        #expect(try await Self.send(rig, "GET", "/v1/responses/resp_1").status == 429)
        #expect(upstream.requests.count == 1)
    }

    @Test func aCallerWhoLeavesEndsTheCall() async throws {
        let arrived = Gate()
        let upstream = try ScriptedUpstream([.open(arrived), .untilDeparture])
        let rig = try await Rig([upstream.baseURL])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("GET", "/v1/responses/resp_1")
        try await offThread { arrived.wait() }
        caller.socket.close()
        await upstream.departure()
    }

    @Test(arguments: [
        ("http://a/v1/responses", "r", "", "http://a/v1/responses/r"),
        ("http://a/v1/responses?v=1", "r", "", "http://a/v1/responses/r?v=1"),
        ("http://a/v1/responses?v=1", "r/input_items", "limit=2", "http://a/v1/responses/r/input_items?v=1&limit=2"),
        ("", "r", "limit=2", ""),
    ])
    func itStandsBehindThePathOfItsSurface(base: String, tail: String, query: String, whole: String) {
        #expect(StoredResponse.url(base, tail, query: query) == whole)
    }
}

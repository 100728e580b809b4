import CryptoExtras
import Domain
import Foundation
import JSON
import Support
import Testing

@testable import Gateway

/// Vertex AI: Gemini's wire under a project and a location, with a token that is got for a key.
@Suite(.timeLimit(.minutes(1))) struct VertexTests {
    static func deployment(
        _ upstream: ScriptedUpstream, credential: String, allowPrivate: Bool = true
    ) -> LiveDeployment {
        let variant = Rig.variant(
            "v0", "http://127.0.0.1:\(upstream.port)", weight: 100, allowPrivate: allowPrivate, kind: "vertex",
            settings: ["project": "team-17", "location": "europe-west4"], model: "gemini-2.5-flash",
            credential: credential)
        return Rig.deployment("bot", [variant])
    }

    static func rig(
        _ upstream: ScriptedUpstream, credential: String, allowPrivate: Bool = true,
        settings: GatewaySettings = GatewaySettings(),
        clock: WallClock = WallClock { Timestamp(milliseconds: 1_760_000_000_000) }
    ) async throws -> Rig {
        try await Rig(
            [deployment(upstream, credential: credential, allowPrivate: allowPrivate)], settings: settings,
            clock: clock)
    }

    /// The file of a service account with this key.
    static func file(_ key: _RSA.Signing.PrivateKey, tokens: ScriptedUpstream) -> String {
        let file: JSONValue = [
            "type": "service_account", "project_id": "team-17", "private_key_id": "k1",
            "private_key": .string(key.pemRepresentation), "client_email": "gateway@team-17.iam.gserviceaccount.com",
            "token_uri": .string("http://127.0.0.1:\(tokens.port)/token"),
        ]
        // As Google hands it out: over several lines.
        return String(decoding: file.encoded(pretty: true), as: UTF8.self)
    }

    static func granting(_ seconds: Int = 3_600) throws -> ScriptedUpstream {
        try ScriptedUpstream { _, index in
            ScriptedUpstream.plain(
                #"{"access_token":"ya29.token-\#(index)","expires_in":\#(seconds),"token_type":"Bearer"}"#)
        }
    }

    @Test func aTokenIsSentAsItIsToTheProjectsAddress() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(GeminiTests.plain))
        let rig = try await Self.rig(upstream, credential: "ya29.static")
        #expect(try await rig.post().status == 200)
        let models = "/v1/projects/team-17/locations/europe-west4/publishers/google/models"
        #expect(upstream.requests[0].firstLine == "POST \(models)/gemini-2.5-flash:generateContent HTTP/1.1")
        #expect(upstream.requests[0]["authorization"] == "Bearer ya29.static")
        let embedding = #"{"predictions":[{"embeddings":{"values":[1],"statistics":{"token_count":4}}}]}"#
        let other = try ScriptedUpstream(ScriptedUpstream.plain(embedding))
        let embedder = try await Self.rig(other, credential: "ya29.static")
        #expect(try await embedder.post(#"{"model":"bot","input":"a"}"#, path: "/v1/embeddings").status == 200)
        #expect(other.requests[0].firstLine == "POST \(models)/gemini-2.5-flash:predict HTTP/1.1")
        #expect(await embedder.outcomes.one().tokens == Outcome.Tokens(input: 4, output: 0))
    }

    @Test func aKeyIsExchangedForATokenOnceForManyRequests() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let tokens = try Self.granting()
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(GeminiTests.plain))
        let rig = try await Self.rig(upstream, credential: Self.file(key, tokens: tokens))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await rig.post().status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(try await rig.post(Rig.question).status == 200)
        #expect(tokens.requests.count == 1)
        #expect(upstream.requests.allSatisfy { $0["authorization"] == "Bearer ya29.token-0" })
        #expect(upstream.requests.count == 9)
        try Self.check(tokens.requests[0], key, tokens)
    }

    /// RFC 7523 §2.1 and §3.
    private static func check(
        _ request: WireMessage, _ key: _RSA.Signing.PrivateKey, _ tokens: ScriptedUpstream
    ) throws {
        #expect(request.firstLine == "POST /token HTTP/1.1")
        #expect(request["content-type"] == "application/x-www-form-urlencoded")
        let parts = request.text.components(separatedBy: "&assertion=")
        #expect(parts[0] == "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
        let jwt = parts[1].components(separatedBy: ".")
        let decoded = try jwt.map { part in
            var text = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
            text += String(repeating: "=", count: (4 - text.count % 4) % 4)
            return try #require(Data(base64Encoded: text))
        }
        #expect(
            key.publicKey.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: decoded[2]), for: Data("\(jwt[0]).\(jwt[1])".utf8),
                padding: .insecurePKCS1v1_5))
        #expect(try JSONValue(parsing: Array(decoded[0])) == ["alg": "RS256", "typ": "JWT", "kid": "k1"])
        #expect(
            try JSONValue(parsing: Array(decoded[1])) == [
                "iss": "gateway@team-17.iam.gserviceaccount.com",
                "scope": "https://www.googleapis.com/auth/cloud-platform",
                "aud": .string("http://127.0.0.1:\(tokens.port)/token"), "iat": 1_760_000_000, "exp": 1_760_003_600,
            ])
    }

    @Test func aStreamWaitsForItsTokenToo() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let tokens = try Self.granting()
        let upstream = try ScriptedUpstream([
            .send(ScriptedUpstream.streamHead),
            ScriptedUpstream.chunk(
                #"data: {"candidates":[{"content":{"parts":[{"text":"42"}]},"finishReason":"STOP"}]}"# + "\n\n"),
            ScriptedUpstream.lastChunk,
        ])
        let rig = try await Self.rig(upstream, credential: Self.file(key, tokens: tokens))
        #expect(try await rig.post(Rig.streamed).text.hasSuffix("data: [DONE]\n\n"))
    }

    @Test(arguments: [
        (400, #"{"error":"invalid_grant"}"#, "provider_misconfigured", "provider_misconfigured"),
        (401, "", "provider_misconfigured", "provider_misconfigured"), (503, "", "upstream_error", "token_not_granted"),
        (429, "", "upstream_error", "token_not_granted"), (408, "", "upstream_error", "token_not_granted"),
        (200, "{}", "upstream_error", "token_not_granted"), (200, "<html>", "upstream_error", "token_not_granted"),
        (200, #"{"access_token":"a b","expires_in":3600}"#, "upstream_error", "token_not_granted"),
        (200, #"{"access_token":"a","expires_in":-1}"#, "upstream_error", "token_not_granted"),
    ])
    func withoutATokenNothingIsSent(status: Int, body: String, code: String, recorded: String) async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let tokens = try ScriptedUpstream(ScriptedUpstream.plain(body, status: status))
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(GeminiTests.plain))
        let rig = try await Self.rig(upstream, credential: Self.file(key, tokens: tokens))
        for body in [Rig.question, Rig.streamed] {
            let answer = try await rig.post(body)
            #expect(answer.status == 502 && answer.error("code") == code)
            #expect(!answer.text.contains("invalid_grant"))
        }
        let outcomes = await rig.outcomes.first(2)
        #expect(outcomes.allSatisfy { $0.attempts.map(\.error) == [recorded] })
        #expect(upstream.connections == 0)
        #expect(tokens.requests.count == 1, "the failure is kept for a while")
    }

    @Test func aTokenIsNotFetchedFromWhereTheProviderMayNotGo() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let tokens = try Self.granting()
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(GeminiTests.plain))
        let rig = try await Self.rig(
            upstream, credential: Self.file(key, tokens: tokens), allowPrivate: false)
        #expect(try await rig.post().error("code") == "address_not_allowed")
        #expect(tokens.connections == 0)
    }

    @Test func aCallerWhoLeavesWhileATokenIsFetchedIsRecordedAsGone() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let (asked, left) = (Gate(), Gate())
        let grant = #"{"access_token":"ya29.late","expires_in":3600}"#
        let tokens = try ScriptedUpstream([.open(asked), .wait(left)] + ScriptedUpstream.plain(grant))
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(GeminiTests.plain))
        let rig = try await Self.rig(upstream, credential: Self.file(key, tokens: tokens))
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        try await offThread { asked.wait() }
        caller.socket.close()
        #expect(await rig.outcomes.one().status == .clientClosed)
        left.open()
        // The token that nobody waits for any more is the next caller's, and nothing was sent for the one who left.
        #expect(try await rig.post().status == 200)
        #expect(upstream.requests.map { $0["authorization"] } == ["Bearer ya29.late"])
        #expect(tokens.requests.count == 1)
    }

    @Test(arguments: [
        ("", "must be an access token"), ("ya29 x", "must be an access token"), ("{", "must be the JSON file"),
        (#"{"type":"authorized_user"}"#, "must be the key of a service account"),
        (#"{"type":"service_account"}"#, "must have client_email"),
        (#"{"type":"service_account","client_email":"e","private_key":"-----BEGIN"}"#, "must have a private_key"),
    ])
    func aCredentialThatIsNoneIsRefusedWhenItIsWritten(text: String, reason: String) {
        let document: JSONValue = ["kind": "vertex", "settings": ["project": "p"], "credential": .string(text)]
        let violations = ProviderRules.violations(in: document, kinds: Gateway.providerKinds)
        #expect(violations.first?.pointer == "/credential")
        #expect(violations.first?.detail.contains(reason.prefix(12)) == true)
    }

    @Test func aKeyMayComeAsTheFileThatGoogleGives() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let tokens = try Self.granting()
        let document: JSONValue = [
            "kind": "vertex", "settings": ["project": "p"], "credential": .string(Self.file(key, tokens: tokens)),
        ]
        #expect(ProviderRules.violations(in: document, kinds: Gateway.providerKinds).isEmpty)
    }
}

import CryptoExtras
import Domain
import JSON
import Support
import Testing

@testable import Gateway

/// How long the tokens of a service account live with us, and their failures.
@Suite(.timeLimit(.minutes(1))) struct AccessTokenTests {
    /// A gateway in front of Vertex AI, with what gives the tokens and a clock to move.
    private struct Bench {
        let upstream: ScriptedUpstream
        let tokens: ScriptedUpstream
        let file: String
        let clock = HandClock()
        let rig: Rig

        init(
            upstream: ScriptedUpstream? = nil, settings: GatewaySettings = GatewaySettings(),
            tokens: @escaping ScriptedUpstream.Script = { _, index in Bench.grant(index) }
        ) async throws {
            self.upstream = try upstream ?? ScriptedUpstream(ScriptedUpstream.plain(GeminiTests.plain))
            self.tokens = try ScriptedUpstream(tokens)
            file = VertexTests.file(try _RSA.Signing.PrivateKey(keySize: .bits2048), tokens: self.tokens)
            let clock = clock
            rig = try await VertexTests.rig(
                self.upstream, credential: file, settings: settings, clock: WallClock { clock.now })
        }

        static func grant(_ index: Int, seconds: Int = 3_600) -> [ScriptedUpstream.Step] {
            ScriptedUpstream.plain(#"{"access_token":"ya29.token-\#(index)","expires_in":\#(seconds)}"#)
        }

        func pass(seconds: Int) { clock.advance(milliseconds: Int64(seconds) * 1_000) }

        /// The token that a new request bears.
        func token() async throws -> String? {
            #expect(try await rig.post().status == 200)
            return upstream.requests.last?["authorization"]?.replacing("Bearer ya29.", with: "")
        }
    }

    @Test func aTokenIsRenewedBesideTheRequestsThatBearTheOldOne() async throws {
        let (asked, granted) = (Gate(), Gate())
        let bench = try await Bench { _, index in
            index == 0 ? Bench.grant(0) : [.open(asked), .wait(granted)] + Bench.grant(index)
        }
        #expect(try await bench.token() == "token-0")
        bench.pass(seconds: 3_299)
        #expect(try await bench.token() == "token-0")
        #expect(bench.tokens.requests.count == 1)
        bench.pass(seconds: 1)
        #expect(try await bench.token() == "token-0")
        try await offThread { asked.wait() }
        #expect(try await bench.token() == "token-0")
        granted.open()
        // When the grant has been read is for the loop to say; that it is, the requests show.
        var seen: String? = "token-0"
        for _ in 0..<2_000 where seen == "token-0" { seen = try await bench.token() }
        #expect(seen == "token-1")
        #expect(bench.tokens.requests.count == 2)
    }

    @Test func aRenewalThatFailsLeavesTheTokenThatLives() async throws {
        let bench = try await Bench { _, index in
            index == 0 ? Bench.grant(0) : ScriptedUpstream.plain("", status: 503)
        }
        #expect(try await bench.token() == "token-0")
        bench.pass(seconds: 3_300)
        for _ in 0..<20 { #expect(try await bench.token() == "token-0") }
        #expect(bench.tokens.requests.count == 2)
        bench.pass(seconds: 239)
        #expect(try await bench.token() == "token-0")
        bench.pass(seconds: 300)
        #expect(try await bench.rig.post().status == 502)
    }

    @Test func aTokenThatNobodyRenewedEndsInTime() async throws {
        let bench = try await Bench()
        #expect(try await bench.token() == "token-0")
        bench.pass(seconds: 3_540)
        #expect(try await bench.token() == "token-1")
        bench.pass(seconds: 10_000)
        #expect(try await bench.token() == "token-2")
    }

    @Test func aFailureIsKeptForLongerEachTime() async throws {
        let bench = try await Bench { _, index in
            index < 7 ? ScriptedUpstream.plain("", status: 503) : Bench.grant(index)
        }
        for (count, seconds) in [1, 2, 4, 8, 16, 30, 30].enumerated() {
            #expect(try await bench.rig.post().error("code") == "upstream_error")
            #expect(bench.tokens.requests.count == count + 1)
            bench.clock.advance(milliseconds: Int64(seconds) * 1_000 - 1)
            #expect(try await bench.rig.post().status == 502)
            #expect(bench.tokens.requests.count == count + 1)
            bench.clock.advance(milliseconds: 1)
        }
        #expect(try await bench.token() == "token-7")
    }

    @Test func theWaitForATokenCountsAgainstTheTimeOfTheWhole() async throws {
        var settings = GatewaySettings()
        settings.totalTimeoutMilliseconds = 300
        let left = Gate()
        defer { left.open() }
        let bench = try await Bench(settings: settings) { _, _ in [.wait(left)] + Bench.grant(0) }
        let answer = try await bench.rig.post()
        #expect(answer.status == 504 && answer.error("code") == "upstream_timeout")
        #expect(await bench.rig.outcomes.one().attempts.map(\.error) == ["timeout_total"])
        #expect(bench.upstream.connections == 0)
    }

    /// What was never sent costs nobody anything, and is no word about the provider's model.
    @Test(
        arguments: [
            [.close], [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), .close], [.send("nonsense\r\n\r\n")],
            ScriptedUpstream.plain("<html>"), ScriptedUpstream.plain("", status: 503),
        ] as [[ScriptedUpstream.Step]])
    func withoutATokenNothingIsCharged(_ steps: [ScriptedUpstream.Step]) async throws {
        let bill = try await Bill(tokens: ScriptedUpstream(steps))
        for _ in 0..<10 {
            #expect(try await bill.rig.post().status == 502)
            bill.parts.clock.advance(milliseconds: 60_000)
        }
        let outcomes = await bill.rig.outcomes.first(10)
        #expect(outcomes.allSatisfy { $0.attempts.map(\.error) == ["token_not_granted"] })
        #expect(outcomes.allSatisfy { $0.chargeMicroUSD == nil })
        #expect(bill.upstream.connections == 0)
        try bill.checkNothingIsCharged()
    }

    @Test func whoWaitsForATokenInVainIsNotChargedForIt() async throws {
        let left = Gate()
        defer { left.open() }
        let tokens = try ScriptedUpstream { _, _ in [.wait(left)] + Bench.grant(0) }
        var settings = GatewaySettings()
        settings.totalTimeoutMilliseconds = 300
        let bill = try await Bill(tokens: tokens, settings: settings)
        #expect(try await bill.rig.post().status == 504)
        #expect(try await bill.rig.post(Rig.streamed).status == 504)
        try bill.checkNothingIsCharged()
        let patient = try await Bill(tokens: tokens)
        for body in [Rig.question, Rig.streamed] {
            let caller = try await Caller.connect(port: patient.rig.port)
            try await caller.send("POST", "/v1/chat/completions", body)
            while patient.meters[0].running == 0 { await Task.yield() }
            caller.socket.close()
            while patient.meters[0].running > 0 { await Task.yield() }
        }
        #expect(await patient.rig.outcomes.first(2).map(\.status) == [.clientClosed, .clientClosed])
        try patient.checkNothingIsCharged()
    }

    /// A gateway as above, whose caller has limits and a budget.
    private struct Bill {
        let parts = LimitTests.Parts()
        let meters: [Meter]
        let upstream: ScriptedUpstream
        let rig: Rig

        init(tokens: ScriptedUpstream, settings: GatewaySettings = GatewaySettings()) async throws {
            upstream = try ScriptedUpstream(ScriptedUpstream.plain(GeminiTests.plain))
            meters = parts.meter(
                limits: LimitTests.limits(tokens: 1_000_000, concurrent: 10),
                budget: Budget(microUSD: 1_000_000, period: .day))
            let file = VertexTests.file(try _RSA.Signing.PrivateKey(keySize: .bits2048), tokens: tokens)
            rig = try await parts.rig(
                VertexTests.deployment(upstream, credential: file).variants, key: meters, settings: settings)
        }

        func checkNothingIsCharged() throws {
            let state = try #require(parts.book.spending(of: LimitedSubject(.key, "k1")))
            #expect(state.spent == 0 && state.promised == 0)
            // What is given back lacks a nanosecond each time.
            #expect(try #require(meters[0].tokenState(at: parts.now)).remaining >= 999_000)
            #expect(meters[0].running == 0)
        }
    }

    @Test func aWaitForATokenIsTakenOffTheTimeOfTheTransfer() {
        let whole = UpstreamDeadlines(
            connect: .seconds(5), firstByte: .seconds(8), idleGap: .seconds(3), total: .seconds(9))
        let left = whole.after(6_000_000_000)
        let wanted = UpstreamDeadlines(
            connect: .seconds(5), firstByte: .seconds(2), idleGap: .seconds(3), total: .seconds(3))
        #expect(left == wanted)
        #expect(whole.after(9_000_000_000).firstByte == 1 && whole.after(9_000_000_000).total == 1)
        #expect(whole.first.failure == .timeoutFirstByte && whole.first.span == whole.firstByte)
    }

    @Test func aRefusedTokenIsLetGoAndTheRequestMadeOnceMore() async throws {
        let refused = ["Bearer ya29.token-0"]
        let upstream = try ScriptedUpstream { request, index in
            index > 0 && refused.contains(request["authorization"] ?? "")
                ? ScriptedUpstream.plain(#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#, status: 401)
                : ScriptedUpstream.plain(GeminiTests.plain)
        }
        let bench = try await Bench(upstream: upstream)
        #expect(try await bench.token() == "token-0")
        #expect(try await bench.token() == "token-1")
        #expect(await bench.rig.outcomes.first(2)[1].attempts.map(\.error) == ["http_401", nil])
        #expect(bench.tokens.requests.count == 2 && upstream.requests.count == 3)
    }

    @Test func whoeverIsRefusedWithEveryTokenDoesNotAskForOneEachTime() async throws {
        let refusal = ScriptedUpstream.plain(#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#, status: 401)
        let upstream = try ScriptedUpstream { _, index in
            index == 0 ? ScriptedUpstream.plain(GeminiTests.plain) : refusal
        }
        let bench = try await Bench(upstream: upstream)
        #expect(try await bench.token() == "token-0")
        for count in [2, 1, 1] {
            #expect(try await bench.rig.post(Rig.streamed).error("code") == "provider_misconfigured")
            let outcomes = await bench.rig.outcomes.first(bench.rig.outcomes.count)
            #expect(outcomes.last?.attempts.count == count)
        }
        #expect(bench.tokens.requests.count == 2)
        bench.pass(seconds: 60)
        #expect(try await bench.rig.post().status == 502)
        #expect(bench.tokens.requests.count == 3)
    }

    @Test func aTokenOutlivesTheTablesThatNameItsProviderAndNotItsKey() async throws {
        let bench = try await Bench()
        func publish(_ file: String) {
            let deployment = VertexTests.deployment(bench.upstream, credential: file)
            bench.rig.gateway.names.routing.replace(with: RoutingTable([deployment]))
        }
        #expect(try await bench.token() == "token-0")
        publish(bench.file)
        #expect(try await bench.token() == "token-0")
        publish(VertexTests.file(try _RSA.Signing.PrivateKey(keySize: .bits2048), tokens: bench.tokens))
        #expect(try await bench.token() == "token-1")
        publish(bench.file)
        #expect(try await bench.token() == "token-2", "what was replaced is not kept")
    }

    @Test func aRefusalThatQuotesATokenOrTheKeyIsNotPassedOn() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let line = key.pemRepresentation.split(separator: "\n")[14]
        for word in ["ya29.token-0", String(line)] {
            let body: JSONValue = ["error": ["message": .string("no \(word)"), "status": "INVALID_ARGUMENT"]]
            let upstream = try ScriptedUpstream(
                ScriptedUpstream.plain(body.text, status: 400))
            let tokens = try VertexTests.granting()
            let rig = try await VertexTests.rig(upstream, credential: VertexTests.file(key, tokens: tokens))
            let answer = try await rig.post()
            #expect(answer.status == 400 && !answer.text.contains(word))
        }
    }
}

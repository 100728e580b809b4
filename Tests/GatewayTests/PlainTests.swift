import Domain
import HTTP
import JSON
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct PlainTests {
    @Test func aCompletionPassesByteForByteAndBecomesAnOutcome() async throws {
        let body = #"{ "choices" : [ {"message":{"content":"é \ud83d\ude00"},"finish_reason":"length"} ] , "x":1e3 }"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post()
        #expect(answer.status == 200)
        #expect(answer.text == body)
        let outcome = await rig.outcomes.one()
        #expect(answer["x-signalbox-outcome"] == outcome.id.text)
        #expect(answer["x-signalbox-deployment"] == "bot")
        #expect(answer["x-signalbox-revision"] == "3")
        #expect(answer["x-signalbox-variant"] == "v0")
        #expect(Int(answer["x-signalbox-overhead-us"] ?? "") != nil)
        #expect(outcome.status == .ok)
        #expect(outcome.finishReason == "length")
        #expect(outcome.areTokensEstimated)
        #expect(outcome.servedBy == "v0")
        #expect(outcome.attempts.map(\.status) == [200])
    }

    @Test func usageBecomesTokensAndCost() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL])
        _ = try await rig.post()
        let outcome = await rig.outcomes.one()
        #expect(outcome.tokens == Outcome.Tokens(input: 1_000, output: 500, cached: 100))
        // 1,000 × 2 + 500 × 8 micro-USD, at prices for a million tokens.
        #expect(outcome.costMicroUSD == 6_000)
        #expect(outcome.finishReason == "stop")
        #expect(outcome.latencyMilliseconds > 0)
    }

    @Test(arguments: [400, 404, 409, 413, 422, 429])
    func aRefusalOfTheProviderPassesWithItsOwnWords(status: Int) async throws {
        let body = #"{"error":{"message":"no","type":"invalid_request_error","param":"n","code":"bad_n"}}"#
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(body, status: status, fields: "Retry-After: 7\r\nretry-after-ms: 6500\r\n"))
        let rig = try await Rig([upstream.baseURL, upstream.baseURL])
        let answer = try await rig.post()
        #expect(answer.status == status)
        #expect(answer.text == body)
        #expect(answer["retry-after"] == (status == 429 ? "7" : nil))
        #expect(answer["retry-after-ms"] == (status == 429 ? "6500" : nil))
        #expect(answer["x-should-retry"] == nil)
        // What says nothing about the request is asked of the fallback, which refuses too.
        #expect(upstream.requests.count == (status == 429 || status == 404 ? 2 : 1))
        let expected: OutcomeStatus = status == 429 ? .rateLimited : status == 404 ? .upstreamError : .invalidRequest
        #expect(await rig.outcomes.one().status == expected)
    }

    @Test(arguments: [
        (#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#, "too long"),
        (#"{"error":"model is loading"}"#, "model is loading"), (#"{"detail":"field required"}"#, "field required"),
        ("<html>Bad Request</html>", "the provider answered with status 400"),
    ])
    func refusalsOfOtherShapesAreReshaped(body: String, message: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body, status: 400))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post()
        #expect(answer.status == 400)
        #expect(answer.error("message") == message)
    }

    @Test(arguments: [
        #"{"error":{"message":"no credits","code":402},"user_id":"u"}"#, #"{"error":"model is loading"}"#,
        #"{"id":"x","choices":[],"error":{"message":"upstream"}}"#,
    ])
    func anErrorWithAStatusOfSuccessIsNoAnswer(body: String) async throws {
        let failing = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let alone = try await Rig([failing.baseURL])
        let answer = try await alone.post()
        #expect(answer.status == 502)
        #expect(answer.error("code") == "upstream_error")
        let outcome = await alone.outcomes.one()
        #expect(outcome.status == .upstreamError)
        #expect(outcome.error == "error_event")
        #expect(outcome.attempts.map(\.status) == [200])
        let good = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let saved = try await Rig([failing.baseURL, good.baseURL])
        #expect(try await saved.post().text == ScriptedUpstream.completion)
    }

    @Test(arguments: ["null", #""""#, "false"])
    func anErrorThatIsNoneIsPassedOn(none: String) async throws {
        let body = #"{"error":\#(none),"choices":[]}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post().text == body)
    }

    @Test(arguments: [401, 402, 403])
    func aRefusedCredentialIsOurFaultAndNeverShown(status: Int) async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(#"{"error":{"message":"Incorrect API key: sk-canary-v0"}}"#, status: status))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post()
        #expect(answer.status == 502)
        #expect(answer.error("code") == "provider_misconfigured")
        #expect(!answer.text.contains("canary"))
        #expect(await rig.outcomes.one().status == .upstreamError)
    }

    @Test func aRefusalThatQuotesTheCredentialIsNotRepeated() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(#"{"error":{"message":"you sent sk-canary-v0"}}"#, status: 400))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post()
        #expect(answer.status == 400)
        #expect(!answer.text.contains("canary"))
    }

    @Test func aTruncatedAnswerIsAnHonest502() async throws {
        let upstream = try ScriptedUpstream([
            .send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\":["), .close,
        ])
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post()
        #expect(answer.status == 502)
        #expect(answer["x-should-retry"] == "false")
        #expect(await rig.outcomes.one().error == "truncated")
    }

    @Test func halfADocumentWithinWholeFramingIsNoAnswer() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"choices":["#))
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post().status == 502)
        #expect(await rig.outcomes.one().error == "malformed_answer")
    }

    @Test func garbageInPlaceOfHTTPIsRefused() async throws {
        let upstream = try ScriptedUpstream([.send("\u{1}\u{2} not http at all\r\n\r\n"), .close])
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post().status == 502)
        #expect(await rig.outcomes.one().error == "malformed_answer")
    }

    @Test func aHeadWithoutEndIsCutOff() async throws {
        let flood = String(repeating: "X-Flood: " + String(repeating: "y", count: 1_000) + "\r\n", count: 80)
        let upstream = try ScriptedUpstream([.send("HTTP/1.1 200 OK\r\n" + flood), .untilDeparture])
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post().status == 502)
        #expect(await rig.outcomes.one().error == "head_too_large")
    }

    @Test func redirectsAreNotFollowed() async throws {
        let target = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain("{}", status: 307, fields: "Location: \(target.baseURL)/chat/completions\r\n"))
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post().status == 502)
        #expect(target.connections == 0)
        #expect(await rig.outcomes.one().error == "http_307")
    }

    @Test func connectionsAreUsedAgain() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL])
        for _ in 0..<20 { #expect(try await rig.post().status == 200) }
        #expect(upstream.requests.count == 20)
        #expect(upstream.connections == 1)
    }

    @Test func aConnectionThatTheUpstreamClosedIsReplaced() async throws {
        let upstream = try ScriptedUpstream { _, index in
            ScriptedUpstream.plain(ScriptedUpstream.completion) + (index == 0 ? [.close] : [])
        }
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post().status == 200)
        #expect(try await rig.post().status == 200)
        #expect(upstream.connections == 2)
    }

    @Test func anAnswerBeyondTheBufferIsStreamedOn() async throws {
        var settings = GatewaySettings()
        settings.plainAnswerBytesMax = 100_000
        let body = #"{"choices":[],"x":""# + String(repeating: "z", count: 700_000) + #""}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let answer = try await rig.post()
        #expect(answer.isWhole)
        #expect(answer.text == body)
        #expect(await rig.outcomes.one().status == .ok)
    }

    @Test func interimAnswersAreSkipped() async throws {
        let upstream = try ScriptedUpstream(
            [.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")]
                + ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL])
        #expect(try await rig.post().text == ScriptedUpstream.completion)
    }
}

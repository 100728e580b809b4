import Domain
import HTTP
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct RetryTests {
    static let good = ScriptedUpstream.plain(ScriptedUpstream.completion)
    static let twice = Resilience(retries: DeploymentRetries(count: 2, backoffMilliseconds: 1))

    /// Fails the first requests, then answers.
    static func recovering(after failures: Int = 1, _ steps: [ScriptedUpstream.Step]) throws -> ScriptedUpstream {
        try ScriptedUpstream { request, index in
            if index < failures { return steps }
            return request.text.contains("\"stream\":true") ? ScriptedUpstream.stream(["4", "2"]) : good
        }
    }

    @Test(arguments: [408, 409, 429, 500, 502, 503, 504, 520, 524, 529], [Rig.question, Rig.streamed])
    func aStatusThatMayPassIsTriedAgain(status: Int, question: String) async throws {
        let upstream = try Self.recovering(after: 2, ScriptedUpstream.plain("{}", status: status))
        // Their timeouts are as ours: tried again where that is said.
        let retries = DeploymentRetries(
            count: 2, backoffMilliseconds: 1, afterTimeouts: [408, 504, 524].contains(status))
        let rig = try await Rig([upstream.baseURL], resilience: Resilience(retries: retries))
        let answer = try await rig.post(question)
        #expect(answer.status == 200)
        #expect(answer["x-signalbox-served-by"] == nil)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.servedBy == "v0")
        #expect(outcome.attempts.map(\.status) == [status, status, 200])
        #expect(outcome.attempts.map(\.error) == ["http_\(status)", "http_\(status)", nil])
        #expect(rig.retries == 2)
    }

    @Test(arguments: [400, 401, 403, 404, 405, 408, 413, 422, 501, 504, 505, 524, 307])
    func aStatusThatComesBackTheSameIsNot(status: Int) async throws {
        let upstream = try Self.recovering(ScriptedUpstream.plain("{}", status: status))
        let rig = try await Rig([upstream.baseURL], resilience: Self.twice)
        #expect(try await rig.post().status != 200)
        #expect(upstream.requests.count == 1)
        #expect(await rig.outcomes.one().attempts.count == 1)
    }

    @Test(arguments: [
        ("connection_lost", [ScriptedUpstream.Step.reset]), ("connection_lost", [.close]),
        ("truncated", [.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\":"), .reset]),
    ])
    func aConnectionThatBreaksBeforeTheCallerSawAnythingIsTriedAgain(
        error: String, steps: [ScriptedUpstream.Step]
    ) async throws {
        for question in [Rig.question, Rig.streamed] {
            let upstream = try Self.recovering(steps)
            let rig = try await Rig([upstream.baseURL], resilience: Self.twice)
            #expect(try await rig.post(question).status == 200)
            #expect(await rig.outcomes.one().attempts.map(\.error) == [error, nil])
        }
    }

    @Test func aProviderThatIsNotThereIsTriedAgainAndThenFallenBackFrom() async throws {
        let gone = try ScriptedUpstream(Self.good).baseURL
        let good = try ScriptedUpstream(Self.good)
        let rig = try await Rig([gone, good.baseURL], resilience: Self.twice)
        #expect(try await rig.post().status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.variant) == ["v0", "v0", "v0", "v1"])
        #expect(outcome.attempts.map(\.error) == ["connect_failed", "connect_failed", "connect_failed", nil])
    }

    @Test func everyUpstreamOfTheChainHasItsOwnRetriesAndTheEndIsFinal() async throws {
        let upstreams = try [500, 503].map { try ScriptedUpstream(ScriptedUpstream.plain("{}", status: $0)) }
        let rig = try await Rig(upstreams.map(\.baseURL), resilience: Self.twice)
        let answer = try await rig.post()
        #expect(answer.status == 502)
        #expect(answer["x-should-retry"] == "false")
        #expect(upstreams.map(\.requests.count) == [3, 3])
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.variant) == ["v0", "v0", "v0", "v1", "v1", "v1"])
        #expect(outcome.status == .upstreamError && outcome.error == "http_503")
    }

    @Test func whatTheProviderCallsFinalIsNotTriedAgain() async throws {
        let upstream = try Self.recovering(
            ScriptedUpstream.plain("{}", status: 429, fields: "x-should-retry: false\r\n"))
        let rig = try await Rig([upstream.baseURL], resilience: Self.twice)
        #expect(try await rig.post().status == 429)
        #expect(upstream.requests.count == 1)
    }

    @Test func afterTheFirstEventNothingIsTriedAgain() async throws {
        let upstream = try Self.recovering(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.close])
        let rig = try await Rig([upstream.baseURL], resilience: Self.twice)
        let answer = try await rig.post(Rig.streamed)
        #expect(!answer.text.contains("[DONE]"))
        #expect(await rig.outcomes.one().status == .brokenStream)
        #expect(upstream.requests.count == 1)
    }

    // MARK: Retry-After

    @Test func whatTheProviderAsksForIsWaitedFor() async throws {
        let upstream = try Self.recovering(
            ScriptedUpstream.plain("{}", status: 429, fields: "retry-after-ms: 150\r\n"))
        let rig = try await Rig([upstream.baseURL], resilience: Self.twice)
        let answer = try await rig.post()
        #expect(answer.status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.latencyMilliseconds >= 150)
        // The pause is none of the gateway's own time.
        let overhead = try #require(answer["x-signalbox-overhead-us"].flatMap { Double($0) })
        #expect(overhead / 1_000 <= outcome.latencyMilliseconds - 150)
        #expect(outcome.attempts.allSatisfy { $0.latencyMilliseconds < outcome.latencyMilliseconds })
    }

    @Test func aPauseThatIsTooLongIsTheCallersToTake() async throws {
        let limited = ScriptedUpstream.plain(
            #"{"error":{"message":"slow down"}}"#, status: 429, fields: "Retry-After: 6\r\n")
        let upstream = try ScriptedUpstream(limited)
        let rig = try await Rig([upstream.baseURL], resilience: Self.twice)
        let answer = try await rig.post()
        #expect(answer.status == 429)
        #expect(answer["retry-after"] == "6")
        #expect(answer["x-should-retry"] == nil)
        #expect(upstream.requests.count == 1)
        #expect(await rig.outcomes.one().status == .rateLimited)
        // With somebody else to ask nobody waits at all.
        let good = try ScriptedUpstream(Self.good)
        let second = try await Rig([upstream.baseURL, good.baseURL], resilience: Self.twice)
        #expect(try await second.post().status == 200)
        #expect(await second.outcomes.one().attempts.map(\.error) == ["http_429", nil])
    }

    @Test(arguments: [Rig.question, Rig.streamed])
    func aLimitFallsBackAndTheLastWordIsTheCallers(question: String) async throws {
        let limited = ScriptedUpstream.plain("{}", status: 429, fields: "Retry-After: 9\r\n")
        let failing = ScriptedUpstream.plain("{}", status: 500)
        let first = try ScriptedUpstream(limited)
        let second = try ScriptedUpstream(failing)
        let thenBroken = try await Rig([first.baseURL, second.baseURL])
        let broken = try await thenBroken.post(question)
        #expect(broken.status == 502 && broken["x-should-retry"] == "false")
        #expect(await thenBroken.outcomes.one().attempts.map(\.error) == ["http_429", "http_500"])
        let thenLimited = try await Rig([second.baseURL, first.baseURL])
        let answer = try await thenLimited.post(question)
        #expect(answer.status == 429 && answer["x-should-retry"] == nil && answer["retry-after"] == "9")
        let outcome = await thenLimited.outcomes.one()
        #expect(outcome.attempts.map(\.error) == ["http_500", "http_429"])
        #expect(outcome.status == .rateLimited && outcome.servedBy == "v1")
    }

    // MARK: Bounds

    @Test func theBudgetBoundsWhatAnOutageGets() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 503))
        var settings = GatewaySettings()
        settings.resilience.breaks = false
        settings.resilience.retryBudgetPercent = 10
        settings.resilience.retryBudgetPerSecond = 0
        let rig = try await Rig([upstream.baseURL], settings: settings, resilience: Self.twice)
        for _ in 0..<40 { #expect(try await rig.post().status == 502) }
        // Ten were saved up, and each ten requests brought one more.
        let status = rig.condition()
        #expect((12...14).contains(status.retries))
        #expect(upstream.requests.count == 40 + status.retries)
        #expect(status.refusedRetries >= 40 - status.retries)
        let attempts = await rig.outcomes.first(40).map(\.attemptCount)
        #expect(attempts.reduce(0, +) == upstream.requests.count)
    }

    @Test func aCallerWhoDepartsEndsTheWait() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain("{}", status: 503, fields: "Retry-After: 3600\r\n"))
        var settings = GatewaySettings()
        settings.resilience.retryAfterMaxMilliseconds = 7_200_000
        settings.totalTimeoutMilliseconds = 7_200_000
        let rig = try await Rig([upstream.baseURL], settings: settings, resilience: Self.twice)
        for question in [Rig.question, Rig.streamed] {
            let before = rig.outcomes.count
            let caller = try await Caller.connect(port: rig.port)
            try await caller.send("POST", "/v1/chat/completions", question)
            while rig.condition().consecutiveFailures <= before { await Task.yield() }
            caller.socket.close()
            let outcome = await rig.outcomes.first(before + 1)[before]
            #expect(outcome.status == .clientClosed)
            #expect(outcome.attempts.map(\.error) == ["http_503"])
        }
        #expect(upstream.requests.count == 2)
    }

    /// What one caller did not stay for is there for the next.
    @Test func aRetryThatNobodyWaitsForIsNeitherCountedNorSpent() async throws {
        let upstream = try ScriptedUpstream { _, index in
            ScriptedUpstream.plain(
                "{}", status: index == 15 ? 200 : 503, fields: index < 14 ? "Retry-After: 3600\r\n" : "")
        }
        var settings = GatewaySettings()
        settings.resilience.breakerConsecutiveFailures = 100
        settings.resilience.breakerRequestsMin = 100
        // Ten are saved up at first, and a hundred requests bring one more.
        settings.resilience.retryBudgetPercent = 1
        settings.resilience.retryBudgetPerSecond = 0
        settings.resilience.retryAfterMaxMilliseconds = 7_200_000
        settings.totalTimeoutMilliseconds = 7_200_000
        let rig = try await Rig([upstream.baseURL], settings: settings, resilience: Self.twice)
        for number in 0..<14 {
            let caller = try await Caller.connect(port: rig.port)
            try await caller.send("POST", "/v1/chat/completions", Rig.question)
            while rig.condition().consecutiveFailures <= number { await Task.yield() }
            caller.socket.close()
            #expect(await rig.outcomes.first(number + 1)[number].status == .clientClosed)
        }
        #expect(rig.retries == 0 && rig.condition().refusedRetries == 0)
        _ = try await rig.post()
        #expect(rig.retries == 1 && upstream.requests.count == 16)
    }
}

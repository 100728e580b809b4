import Domain
import HTTP
import Reactor
import Synchronization
import Testing

@testable import Gateway

/// Breakers as callers meet them.
@Suite(.timeLimit(.minutes(1))) struct CircuitTests {
    static let failing = ScriptedUpstream.plain("{}", status: 500)

    static func settings(openMilliseconds: Int = 60_000, _ change: (inout ResilienceSettings) -> Void = { _ in })
        -> GatewaySettings
    {
        var settings = GatewaySettings()
        settings.resilience.breakerConsecutiveFailures = 3
        settings.resilience.breakerOpenMilliseconds = openMilliseconds
        settings.resilience.breakerOpenMaxMilliseconds = openMilliseconds
        change(&settings.resilience)
        return settings
    }

    @Test(arguments: [Rig.question, Rig.streamed])
    func anUpstreamThatKeepsFailingIsLeftAlone(question: String) async throws {
        let upstream = try ScriptedUpstream(Self.failing)
        let rig = try await Rig([upstream.baseURL], settings: Self.settings())
        for _ in 0..<3 { #expect(try await rig.post(question).status == 502) }
        let answer = try await rig.post(question)
        #expect(answer.status == 503)
        #expect(answer.error("code") == "circuit_open" && answer.error("type") == "server_error")
        #expect(answer["x-should-retry"] == "false")
        let seconds = try #require(answer["retry-after"].flatMap { Int($0) })
        let milliseconds = try #require(answer["retry-after-ms"].flatMap { Int($0) })
        #expect((1...60).contains(seconds) && milliseconds <= seconds * 1_000 && milliseconds > (seconds - 1) * 1_000)
        #expect(upstream.requests.count == 3)
        let outcome = await rig.outcomes.first(4)[3]
        #expect(outcome.status == .upstreamError && outcome.error == "circuit_open" && outcome.servedBy == nil)
        #expect(outcome.attempts.map(\.error) == ["circuit_open"])
        #expect(outcome.attempts[0].status == nil && outcome.attempts[0].latencyMilliseconds == 0)
        #expect(answer["x-signalbox-outcome"] == outcome.id.text)
        let condition = rig.condition()
        #expect(condition.circuit == .open && condition.skips == 1 && condition.lastError == "http_500")
        #expect(condition.transitions == [.open: 1, .halfOpen: 0, .closed: 0])
        #expect((condition.openMilliseconds ?? 0) > 0)
    }

    @Test(arguments: [Rig.question, Rig.streamed])
    func itsFallbackAnswersAtOnceAndNoCallFails(question: String) async throws {
        let upstream = try ScriptedUpstream(Self.failing)
        let good = try RetryTests.recovering(after: 0, [])
        let rig = try await Rig([upstream.baseURL, good.baseURL], settings: Self.settings())
        for _ in 0..<12 { #expect(try await rig.post(question).status == 200) }
        #expect(upstream.requests.count == 3)
        let outcomes = await rig.outcomes.first(12)
        #expect(outcomes.allSatisfy { $0.status == .ok && $0.servedBy == "v1" })
        #expect(outcomes.prefix(3).allSatisfy { $0.attempts.map(\.error) == ["http_500", nil] })
        #expect(outcomes.dropFirst(3).allSatisfy { $0.attempts.map(\.error) == ["circuit_open", nil] })
    }

    @Test func anUpstreamThatIsWellAgainIsTakenBackAfterOneTrialCall() async throws {
        let changes = Mutex<[String]>([])
        let upstream = try RetryTests.recovering(after: 5, Self.failing)
        let rig = try await Rig([upstream.baseURL], settings: Self.settings(openMilliseconds: 1)) { change in
            changes.withLock { $0.append("\(change.provider) \(change.circuit.rawValue) \(change.error ?? "-")") }
        }
        while try await rig.post().status != 200 {}
        #expect(try await rig.post().status == 200)
        // Three failures, two trial calls in vain, the third good.
        #expect(upstream.requests.count == 7)
        let name = "provider-v0"
        #expect(
            changes.withLock { $0 } == [
                "\(name) open http_500", "\(name) half_open -", "\(name) open http_500", "\(name) half_open -",
                "\(name) open http_500", "\(name) half_open -", "\(name) closed -",
            ])
        #expect(rig.condition().circuit == .closed)
    }

    @Test func whileATrialCallRunsNobodyElseIsLetInAndADepartureGivesItBack() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream { _, index in
            switch index {
            case 0: [.untilDeparture]
            case 1: [.wait(gate)] + RetryTests.good
            default: RetryTests.good
            }
        }
        let rig = try await Rig([upstream.baseURL], settings: Self.settings(openMilliseconds: 30_000))
        // It failed so long ago that it may be tried again by now.
        let provider = Rig.variant("v0", upstream.baseURL, weight: 100).provider
        let past = MonotonicInstant(nanoseconds: MonotonicInstant.now().nanoseconds - 30_000_000_000)
        for _ in 0..<3 {
            rig.gateway.upstreams.health(of: provider, model: "upstream-model", in: "default").failed(
                nil, "http_500", at: past)
        }
        // Asks until it is the trial call, which is not answered.
        func trial(_ number: Int) async throws -> Caller {
            while true {
                let caller = try await Caller.connect(port: rig.port)
                let before = rig.outcomes.count
                try await caller.send("POST", "/v1/chat/completions", Rig.question)
                while rig.outcomes.count == before, upstream.requests.count < number { await Task.yield() }
                if upstream.requests.count == number { return caller }
                _ = try await caller.answer()
                caller.socket.close()
            }
        }
        let first = try await trial(1)
        #expect(rig.condition().circuit == .halfOpen)
        #expect(try await rig.post().status == 503)
        first.socket.close()
        await upstream.departure()
        // It is free as soon as that is noticed, and not after another while.
        _ = await rig.outcomes.first(2)
        let second = try await trial(2)
        #expect(try await rig.post().status == 503)
        gate.open()
        #expect(try await second.answer().status == 200)
        #expect(try await rig.post().status == 200)
        #expect(rig.condition().transitions == [.open: 1, .halfOpen: 1, .closed: 1])
    }

    @Test(arguments: [400, 401, 403, 404, 409, 413, 422, 429, 501, 505, 307])
    func aRefusalNeverOpensIt(status: Int) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: status))
        let rig = try await Rig([upstream.baseURL], settings: Self.settings { $0.breakerRequestsMin = 1 })
        for _ in 0..<8 { #expect(try await rig.post().status != 503) }
        #expect(upstream.requests.count == 8)
        #expect(rig.condition().circuit == .closed && rig.condition().windowFailures == 0)
    }

    @Test func aCallersOwnImpatienceOrDepartureNeverOpensIt() async throws {
        let silent = try ScriptedUpstream([.untilDeparture])
        let rig = try await Rig([silent.baseURL], settings: Self.settings())
        for _ in 0..<5 {
            #expect(try await rig.post(fields: ["x-stainless-read-timeout: 0.05"]).status == 504)
        }
        for count in 6...9 {
            let caller = try await Caller.connect(port: rig.port)
            try await caller.send("POST", "/v1/chat/completions", Rig.question)
            while silent.requests.count < count { await Task.yield() }
            caller.socket.close()
            #expect(await rig.outcomes.first(count)[count - 1].status == .clientClosed)
        }
        #expect(rig.condition().windowFailures == 0)
    }

    /// Others are content with the same upstream; one that does not keep the process's bounds is of no use to anybody.
    @Test func theTimeThatADeploymentGivesCountsOnlyWhereItIsTheProcessesOwn() async throws {
        let silent = try ScriptedUpstream([.untilDeparture])
        for timeouts in [
            DeploymentTimeouts(totalMilliseconds: 40), DeploymentTimeouts(tryMilliseconds: 40),
        ] {
            let own = try await Rig(
                [silent.baseURL], settings: Self.settings(), resilience: Resilience(timeouts: timeouts))
            for _ in 0..<5 { #expect(try await own.post().status == 504) }
            #expect(own.condition().windowFailures == 0)
        }
        var total = Self.settings()
        total.totalTimeoutMilliseconds = 40
        let tries = Self.settings { $0.tryTimeoutMilliseconds = 40 }
        for settings in [total, tries] {
            let rig = try await Rig([silent.baseURL], settings: settings)
            for _ in 0..<3 { #expect(try await rig.post().status == 504) }
            #expect(try await rig.post().status == 503)
        }
    }

    /// A request that took its time to come has little of the total left, which is not the provider's doing.
    @Test func aSlowlySentRequestNeverOpensIt() async throws {
        let silent = try ScriptedUpstream([.untilDeparture])
        var settings = Self.settings()
        settings.totalTimeoutMilliseconds = 400
        let rig = try await Rig([silent.baseURL], settings: settings)
        for _ in 0..<3 {
            let caller = try await Caller.connect(port: rig.port)
            let question = Rig.question
            let head =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(question.utf8.count)\r\n\r\n"
            try await offThread { try caller.socket.send(Array((head + "{").utf8)) }
            try await Task.sleep(for: .milliseconds(150))
            try await offThread { try caller.socket.send(Array(question.utf8.dropFirst())) }
            #expect(try await caller.answer().status == 504)
            caller.socket.close()
        }
        #expect(rig.condition().windowFailures == 0)
    }

    /// All of the connections that we allow ourselves are busy: that is no failure of the provider's.
    @Test func waitingForAConnectionOfOursIsNotItsFailure() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream { _, _ in [.wait(gate)] + RetryTests.good }
        let good = try RetryTests.recovering(after: 0, [])
        var settings = Self.settings()
        settings.connectionsPerUpstreamMax = 1
        settings.connectTimeoutMilliseconds = 300
        settings.resilience.retriesMax = 2
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let first = try await Caller.connect(port: rig.port)
        try await first.send("POST", "/v1/chat/completions", Rig.question)
        while upstream.requests.isEmpty { await Task.yield() }
        for _ in 0..<4 {
            let answer = try await rig.post()
            #expect(answer.status == 503 && answer.error("code") == "overloaded" && answer["retry-after"] == "1")
        }
        #expect(await rig.outcomes.first(4).allSatisfy { $0.attempts.map(\.error) == ["no_slot"] })
        #expect(rig.condition().windowFailures == 0 && rig.retries == 0)
        // Whoever has somebody else to ask asks there.
        let second = try await Rig([upstream.baseURL, good.baseURL], settings: settings)
        let busy = try await Caller.connect(port: second.port)
        try await busy.send("POST", "/v1/chat/completions", Rig.question)
        while upstream.requests.count < 2 { await Task.yield() }
        #expect(try await second.post().status == 200)
        gate.open()
        #expect(try await first.answer().status == 200)
        #expect(try await busy.answer().status == 200)
    }

    @Test func streamsThatBreakOpenItToo() async throws {
        let breaking = try ScriptedUpstream(ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.close])
        let settings = Self.settings {
            $0.breakerConsecutiveFailures = 0
            $0.breakerRequestsMin = 6
        }
        let rig = try await Rig([breaking.baseURL], settings: settings)
        var count = 0
        while try await rig.post(Rig.streamed).status == 200, count < 20 { count += 1 }
        #expect(count == 6 && breaking.requests.count == 6)
    }

    @Test func whenItOpensNobodyGoesOnRetrying() async throws {
        let upstream = try ScriptedUpstream(Self.failing)
        let rig = try await Rig(
            [upstream.baseURL], settings: Self.settings(),
            resilience: Resilience(retries: DeploymentRetries(count: 5, backoffMilliseconds: 1)))
        #expect(try await rig.post().status == 502)
        #expect(upstream.requests.count == 3)
        #expect(await rig.outcomes.one().attempts.count == 3)
    }

    @Test func anOperatorsWordStandsOverIt() async throws {
        let upstream = try ScriptedUpstream(Self.failing)
        let good = try ScriptedUpstream(RetryTests.good)
        func rig(_ mode: BreakerMode, fallbacks: [Int]) async throws -> Rig {
            let forced = Rig.variant("v0", upstream.baseURL, weight: 100, breaker: mode)
            return try await Rig(
                [
                    Rig.deployment(
                        "bot", [forced, Rig.variant("v1", good.baseURL, weight: 0)], fallbacks: fallbacks)
                ], settings: Self.settings())
        }
        let open = try await rig(.forcedOpen, fallbacks: [])
        let answer = try await open.post()
        #expect(answer.status == 503 && answer.error("code") == "circuit_open" && answer["retry-after"] == "60")
        #expect(answer.error("message") == "an operator has switched the provider off")
        #expect(open.condition().skips == 1 && open.condition().circuit == .closed)
        #expect(try await rig(.forcedOpen, fallbacks: [1]).post().status == 200)
        #expect(upstream.requests.isEmpty)
        let closed = try await rig(.forcedClosed, fallbacks: [])
        for _ in 0..<8 { #expect(try await closed.post().status == 502) }
        #expect(upstream.requests.count == 8 && closed.condition().circuit == .closed)
    }
}

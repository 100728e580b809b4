import Domain
import Support
import Synchronization
import Testing

@testable import Gateway

/// A budget that is turned on while inferences run: what each of them cost counts once, by itself or when it is
/// written.
@Suite(.timeLimit(.minutes(1))) struct WrittenChargeTests {
    /// A clock that tells how often it was read, and moves when the test says so.
    private final class WatchedClock: Sendable {
        private let hand = HandClock()
        private let readings = Atomic<Int>(0)

        var count: Int { readings.load(ordering: .acquiring) }

        func read() -> Timestamp {
            defer { readings.add(1, ordering: .releasing) }
            return hand.now
        }

        func advance(milliseconds: Int64) { hand.advance(milliseconds: milliseconds) }
    }

    /// A deployment of speech and chat, where a token costs a micro-USD.
    private struct Bench {
        let clock = WatchedClock()
        let upstream: ScriptedUpstream
        let book: MeterBook
        let rig: Rig

        /// - Parameter steps: before a chat is answered.
        init(budget: Budget?, before steps: [ScriptedUpstream.Step] = []) async throws {
            let clock = clock
            upstream = try ScriptedUpstream { request, _ in
                request.firstLine.contains("audio")
                    ? ScriptedUpstream.plain(UploadTests.transcript)
                    : steps + ScriptedUpstream.plain(ScriptedUpstream.completion)
            }
            book = MeterBook(clock: WallClock { clock.read() })
            rig = try await Rig(
                [Self.deployment(upstream, budget)], meters: book, clock: WallClock { clock.read() })
        }

        private static func deployment(_ upstream: ScriptedUpstream, _ budget: Budget?) -> LiveDeployment {
            var options = DeploymentOptions()
            options.budget = budget
            let price = Price(TokenRates(input: 1_000_000, output: 1_000_000))
            return LiveDeployment(
                id: "d-bot", project: "default", name: "bot", environment: "production", revision: 3, options: options,
                variants: [LimitTests.variant(upstream, price: price)])
        }

        func publish(_ budget: Budget) {
            rig.gateway.names.routing.replace(with: RoutingTable([Self.deployment(upstream, budget)]))
        }

        /// A caller whose form has begun, and does not yet say whom it is for; and the rest of it.
        func beginForm() async throws -> (caller: Caller, rest: [UInt8]) {
            let before = clock.count
            let caller = try await Caller.connect(port: rig.port)
            let form = Form.spoken("bot").bytes
            let bytes = Array(Form.head(length: form.count).utf8) + form[..<20]
            try await offThread { try caller.socket.send(bytes) }
            while clock.count == before { await Task.yield() }
            return (caller, Array(form[20...]))
        }

        func end(_ form: (caller: Caller, rest: [UInt8])) async throws -> WireMessage {
            defer { form.caller.socket.close() }
            try await offThread { try form.caller.socket.send(form.rest) }
            return try await form.caller.answer()
        }

        /// They are in the file.
        func write(_ outcomes: [Outcome]) {
            book.written(
                from: outcomes.map(\.createdAt).min(), {}, charges: { outcomes.compactMap(WrittenCharge.init) })
        }

        var spent: Int64? { book.spending(of: LimitedSubject(.deployment, "d-bot"))?.spent }
    }

    private static let budget = Budget(microUSD: 1_000_000_000, period: .day)
    /// Of a form and a chat.
    private static let cost: Int64 = 17 + 1_500

    @Test func whoeverWasSlowToSayWhomTheyCallIsCountedOnce() async throws {
        let bench = try await Bench(budget: Self.budget)
        let form = try await bench.beginForm()
        bench.clock.advance(milliseconds: 1_000)
        // The first that is counted, and not the first that began.
        #expect(try await bench.rig.post().status == 200)
        bench.clock.advance(milliseconds: 1_000)
        #expect(try await bench.end(form).status == 200)
        let outcomes = await bench.rig.outcomes.first(2)
        #expect(outcomes.map(\.chargeMicroUSD) == [1_500, 17])
        #expect(bench.spent == Self.cost)
        bench.write(outcomes)
        #expect(bench.spent == Self.cost)
    }

    @Test func whoeverRanUnderARevisionWithoutABudgetIsCountedAllTheSame() async throws {
        let gate = Gate()
        let bench = try await Bench(budget: nil, before: [.wait(gate)])
        let form = try await bench.beginForm()
        bench.clock.advance(milliseconds: 1_000)
        async let chat = bench.rig.post()
        while bench.upstream.requests.isEmpty { await Task.yield() }
        bench.clock.advance(milliseconds: 1_000)
        bench.publish(Self.budget)
        // The first that the budget counts began before the other one did.
        #expect(try await bench.end(form).status == 200)
        gate.open()
        #expect(try await chat.status == 200)
        #expect(bench.spent == 17)
        bench.write(await bench.rig.outcomes.first(2))
        #expect(bench.spent == Self.cost)
    }

    /// Whoever begins before a budget was on, by a clock that was ahead until then, is counted by itself.
    @Test func aClockThatIsSetBackCountsNobodyTwice() async throws {
        let bench = try await Bench(budget: Self.budget)
        #expect(try await bench.rig.post().status == 200)
        bench.clock.advance(milliseconds: -3_600_000)
        #expect(try await bench.rig.post().status == 200)
        #expect(bench.spent == 3_000)
        bench.write(await bench.rig.outcomes.first(2))
        #expect(bench.spent == 3_000)
    }
}

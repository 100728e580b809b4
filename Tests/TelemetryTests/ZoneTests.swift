import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Telemetry

@Suite struct ZoneTests {
    private static let start = TelemetryHarness.hour

    /// Outcomes over several zones whose ids and moments are out of order by up to a minute.
    private func traffic(_ count: Int, seed: UInt64) -> [Outcome] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let late = Int64.random(in: 0..<60_000, using: &generator)
            let moment = Self.start + Int64(number) * 40 - late
            let id = IdentifierGenerator(
                clock: WallClock { Timestamp(milliseconds: moment) }, random: SeededGenerator(seed: UInt64(number))
            ).next(at: Timestamp(milliseconds: moment))
            return TelemetryHarness.outcome(id, at: moment) { outcome in
                outcome.arm = outcome.arm.with(
                    deployment: number % 1_700 == 5 ? "rare-bot" : "bot",
                    environment: number % 5 == 0 ? "staging" : "production",
                    variant: Bool.random(using: &generator) ? "a" : "b")
                outcome.status = number % 900 == 7 ? .blocked : .ok
                outcome.unit = "u\(Int.random(in: 0..<400, using: &generator))"
                if number % 3 == 0 { outcome.slices = [(name: "language", value: "l\(number % 77)")] }
                if number % 2_000 == 3 { outcome.slices.append((name: "x\"language", value: "l1")) }
                if number % 11 == 0 { outcome.origin = .probe }
            }
        }
    }

    private func pages(_ harness: TelemetryHarness, _ query: String) async throws -> [String] {
        var found = [String]()
        var cursor = ""
        for _ in 0..<200 {
            let reply = await harness.send(.get, "/outcomes?limit=97\(query.isEmpty ? "" : "&\(query)")\(cursor)")
            found += reply.items.compactMap { $0["id"]?.stringValue }
            guard let next = reply.json["next_cursor"]?.stringValue else { return found }
            cursor = "&cursor=\(next)"
        }
        Issue.record("the pages do not end")
        return found
    }

    @Test func aSearchFindsWhatALookAtEveryOutcomeFinds() async throws {
        let harness = try await TelemetryHarness(batch: 613)
        let all = traffic(4_700, seed: 1)
        for outcome in all { harness.queue.record(outcome) }
        try await harness.writer.flush()
        #expect(try await harness.count("zones") == 4)
        let moment = Self.start + 70_000
        let cases: [(String, (Outcome) -> Bool)] = [
            ("", { _ in true }),
            ("deployment=rare-bot", { $0.deployment == "rare-bot" }),
            ("status=blocked", { $0.status == .blocked }),
            ("status=blocked&variant=a", { $0.status == .blocked && $0.variant == "a" }),
            ("deployment=rare-bot&status=blocked", { $0.deployment == "rare-bot" && $0.status == .blocked }),
            ("environment=staging&variant=b", { $0.environment == "staging" && $0.variant == "b" }),
            ("unit=u17", { $0.unit == "u17" }),
            ("unit=u17&from=\(moment)", { $0.unit == "u17" && $0.createdAt.milliseconds >= moment }),
            ("request_id=r-\(all[2_345].id)", { $0.id == all[2_345].id }),
            ("slice.language=l1", { $0.slices.contains { $0.name == "language" && $0.value == "l1" } }),
            ("slice.language=none", { _ in false }),
            (
                "from=\(moment)&to=\(moment + 5_000)",
                { (moment..<moment + 5_000).contains($0.createdAt.milliseconds) }
            ),
        ]
        for (query, matches) in cases {
            let expected = all.filter { $0.origin == .traffic && matches($0) }.map(\.id.text)
            #expect(try await pages(harness, query) == expected.reversed(), "\(query)")
        }
        #expect(try await pages(harness, "origin=probe").count == all.count { $0.origin == .probe })
    }

    @Test func everyOutcomeIsFoundByItsIDAndNoneOfAnotherProject() async throws {
        let harness = try await TelemetryHarness(batch: 613)
        let all = traffic(2_600, seed: 2)
        for outcome in all { harness.queue.record(outcome) }
        for outcome in stride(from: 0, to: all.count, by: 53).map({ all[$0] }) {
            let reply = await harness.send(.get, "/outcomes/\(outcome.id.text)")
            #expect(reply.json["request_id"] == .string("r-\(outcome.id.text)"))
            #expect(await harness.send(.get, "/outcomes/\(outcome.id.text)", as: "other").status == 404)
        }
    }

    @Test func aZoneGoesOnWhereTheFileLeftItAfterItIsOpenedAnew() async throws {
        let all = traffic(2_500, seed: 3)
        let whole = try await TelemetryHarness(batch: 700)
        for outcome in all { whole.queue.record(outcome) }
        try await whole.writer.flush()

        let first = try await TelemetryHarness(batch: 700)
        for outcome in all[..<1_500] { first.queue.record(outcome) }
        try await first.writer.flush()
        await first.file.close()
        let second = try await TelemetryHarness(batch: 300, directory: first.directory)
        for outcome in all[1_500...] { second.queue.record(outcome) }
        // A batch that comes to nothing leaves nothing behind in what is kept of the zone.
        second.database.fail(.atCommit)
        await #expect(throws: FailingDatabase.Refused.self) { try await second.writer.flush() }
        try await second.writer.flush()

        for table in ["zones", "zone_terms", "profiles"] {
            let rows = { (harness: TelemetryHarness) in
                try await harness.file.read { connection in
                    try connection.query("SELECT * FROM \(table) ORDER BY 1") { row in
                        try (0..<row.count).map { try row.value($0) }
                    }
                }
            }
            let expected = try await rows(whole)
            #expect(!expected.isEmpty)
            #expect(try await rows(second) == expected, "\(table)")
        }
    }

    @Test func aFilterForgetsNothingAndSeldomErrs() {
        var generator = SeededGenerator(seed: 4)
        var filter = TermFilter()
        let terms = (0..<1_024).map { ZoneTerm(unit: "user-\($0)-\(UInt64.random(in: 0 ... .max, using: &generator))") }
        for term in terms { filter.insert(term.hash) }
        #expect(terms.allSatisfy { filter.mayContain($0.hash) })
        let wrong = (0..<100_000).count { filter.mayContain(ZoneTerm(unit: "other-\($0)").hash) }
        #expect(wrong < 300, "0.08% of 100000 are 80")
        #expect(TermFilter(bytes: filter.bytes) == filter)
        #expect(TermFilter(bytes: []) == nil)
    }

    @Test func termsOfOneTextDifferByKindOfSliceAndByEveryByte() {
        let texts = ["", "a", "b", "aa", "12345678", "123456789", "12345678\u{0}", "1234567"]
        #expect(Set(texts.map { ZoneTerm(unit: $0).hash }).count == texts.count)
        #expect(ZoneTerm(slice: "a", "b").hash != ZoneTerm(slice: "b", "a").hash)
        // What is in files of before is found by what runs now.
        #expect(ZoneTerm(unit: "user-17").hash == 0x31AFBF2798DF37C7)
        #expect(ZoneTerm(request: "a longer text, of more than sixteen bytes").hash == 0x2347A6527BB4FC3)
    }
}

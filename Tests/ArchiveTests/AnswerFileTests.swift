import Domain
import Glibc
import SQL
import Support
import Synchronization
import Testing

@testable import Archive

@Suite(.timeLimit(.minutes(2))) struct AnswerFileTests {
    @Test func whatIsKeptIsThereAfterARestart() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        let answer = harness.answer(1, body: Array("data: {\"usage\":1}\n\n".utf8), cuts: [7..<16])
        file.keep(answer)
        file.keep(harness.answer(2, deployment: "e", tokens: nil, cost: nil))
        await file.close()
        let again = try await harness.opened()
        let found = try #require(await harness.found(1, in: again))
        #expect(found.body == answer.body && found.usageCuts == [7..<16] && found.isStream)
        #expect(found.madeAt == answer.madeAt && found.expiresAt == answer.expiresAt)
        #expect(found.tokens == answer.tokens && found.costMicroUSD == 6_000 && found.finishReason == "stop")
        #expect(found.served.variant == "v" && found.served.revision == 3 && found.served.prompt == "p@1")
        #expect(found.served.provider == "main" && found.served.model == "m@1" && found.deploymentID == "d")
        let other = try #require(await harness.found(2, in: again))
        #expect(other.tokens == nil && other.costMicroUSD == nil && other.body == [1])
        #expect(await harness.found(3, in: again) == nil)
        #expect(again.holdings == ["d": .init(entries: 1, bytes: 19), "e": .init(entries: 1, bytes: 1)])
        let statistics = again.statistics
        #expect((statistics.hits, statistics.misses, statistics.discarded) == (2, 1, 0))
        await again.close()
        var facts = stat()
        #expect(stat(harness.path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    @Test func anAnswerIsOverWhenItWouldHaveBeenAnywayAndIsDeletedThen() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1, seconds: 60))
        file.keep(harness.answer(2, seconds: 120))
        await file.close()
        harness.clock.advance(milliseconds: 59_999)
        let again = try await harness.opened()
        #expect(await harness.found(1, in: again) != nil)
        #expect(await harness.found(1, in: again, ageMax: 58) == nil, "it is 59 s old")
        #expect(await harness.found(1, in: again, ageMax: 59) != nil)
        harness.clock.advance(milliseconds: 1)
        #expect(await harness.found(1, in: again) == nil)
        #expect(again.holding.entries == 2)
        await harness.written(again)
        #expect(again.holding.entries == 1)
        #expect(await harness.found(2, in: again) != nil)
        await again.close()
    }

    @Test func theSameQuestionAgainTakesThePlaceOfTheOneBefore() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        for size in [10, 2_000, 30] { file.keep(harness.answer(1, body: Array(repeating: 7, count: size))) }
        await harness.written(file)
        #expect(await harness.found(1, in: file)?.body.count == 30)
        #expect(file.holding == ArchiveHolding(entries: 1, bytes: 30))
        await file.close()
    }

    /// More than ten times what there is room for: the file stays within its bound, and what is over soonest goes.
    @Test func theFileIsBoundedAndWhatIsOverSoonestGoesFirst() async throws {
        let harness = try ArchiveHarness(bytesMax: 1 << 20)
        let file = try await harness.opened()
        file.keep(harness.answer(10_000, seconds: 3_600))
        for number in 0..<1_200 {
            file.keep(harness.answer(number, body: Array(repeating: UInt8(number % 251), count: 8_000)))
            harness.clock.advance(milliseconds: 10)
            if number % 20 == 19 { await harness.written(file) }
        }
        let statistics = file.statistics
        #expect((statistics.written, statistics.dropped, statistics.failures) == (1_201, 0, 0))
        #expect(statistics.fileBytes <= 3 << 18 && statistics.fileBytes > 1 << 19)
        #expect(await harness.found(1_199, in: file)?.body.count == 8_000)
        #expect(await harness.found(0, in: file) == nil)
        #expect(await harness.found(10_000, in: file) != nil, "it came first and is over last")
        let holdings = file.holdings
        await file.close()
        #expect(try #require(harness.bytes) <= 1 << 20)
        // What it counts is what is in it.
        let again = try await harness.opened()
        #expect(again.holdings == holdings)
        let counted = try await again.state.withLock { $0.database }?.read { connection in
            try connection.first("SELECT count(*), sum(bytes) FROM answers") {
                ArchiveHolding(entries: try $0.int(0), bytes: try $0.int(1))
            }
        }
        #expect(counted == holdings["d"])
        await again.close()
    }

    @Test func whatIsTooLongForItOrCannotWaitIsDroppedAndCounted() async throws {
        let harness = try ArchiveHarness(bytesMax: 1 << 20)
        let file = harness.file()
        file.keep(harness.answer(1, body: Array(repeating: 0, count: 70_000)))
        #expect(file.statistics.dropped == 1)
        // Nobody writes yet: a quarter of the file may wait.
        for number in 0..<100 { file.keep(harness.answer(number, body: Array(repeating: 0, count: 10_000))) }
        let waiting = (1 << 18) / 10_640
        #expect(file.statistics.dropped == 1 + 100 - waiting)
        await file.open()
        await harness.written(file)
        #expect(file.statistics.written == waiting)
        await file.close()
        file.keep(harness.answer(1))
        #expect(file.statistics.dropped == 2 + 100 - waiting, "it is closed")
    }

    @Test func aSmallerBoundBeginsANewFile() async throws {
        let harness = try ArchiveHarness(bytesMax: 4 << 20)
        let file = try await harness.opened()
        for number in 0..<40 { file.keep(harness.answer(number, body: Array(repeating: 1, count: 40_000))) }
        await file.close()
        let smaller = harness.file(bytesMax: 1 << 20)
        await smaller.open()
        #expect(smaller.holding.entries == 0 && smaller.statistics.discarded == 1)
        await smaller.close()
    }

    @Test func nothingIsWrittenWhileOthersNeedTheDisk() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        harness.isDiskLow.withLock { $0 = true }
        file.keep(harness.answer(1))
        await harness.written(file)
        #expect(await harness.found(1, in: file) == nil && file.statistics.dropped == 1)
        harness.isDiskLow.withLock { $0 = false }
        file.keep(harness.answer(1))
        await harness.written(file)
        #expect(await harness.found(1, in: file) != nil && file.statistics.failures == 0)
        await file.close()
    }

    @Test func whatMayNotBeHereAnyMoreGoesWithinAMinute() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1, deployment: "d"))
        file.keep(harness.answer(2, deployment: "e"))
        harness.allowed.withLock { $0 = ["e"] }
        await harness.written(file)
        #expect(file.holding.entries == 2)
        while await file.turn(isTidying: true) {}
        #expect(file.holdings == ["e": .init(entries: 1, bytes: 1)])
        #expect(await harness.found(1, in: file) == nil)
        await file.close()
    }

    // MARK: Purges

    @Test func aPurgeTakesWhatWaitsTooAndHoldsAtOnce() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        for number in 0..<1_200 { file.keep(harness.answer(number, deployment: number % 2 == 0 ? "d" : "e")) }
        await harness.written(file)
        file.keep(harness.answer(2_000))
        #expect(try await file.purge(deployments: ["d", "none"]) == .init(entries: 600, bytes: 600))
        #expect(await harness.found(0, in: file) == nil)
        #expect(await harness.found(1, in: file) != nil)
        // The same may be asked and kept anew before the last of the old ones has gone.
        file.keep(harness.answer(0, body: [9]))
        #expect(await file.turn(), "so many do not go at once")
        #expect(await harness.found(0, in: file)?.body == [9])
        await harness.written(file)
        #expect(await harness.found(0, in: file)?.body == [9])
        #expect(await harness.found(2_000, in: file) == nil, "it waited to be written")
        #expect(file.holdings == ["d": .init(entries: 1, bytes: 1), "e": .init(entries: 600, bytes: 600)])
        await file.close()
        let again = try await harness.opened()
        #expect(again.holdings["d"]?.entries == 1)
        await again.close()
    }

    /// Killed before what was purged could be deleted.
    @Test func aPurgeHoldsAfterARestart() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1))
        await harness.written(file)
        _ = try await file.purge(deployments: ["d"])
        let again = try await harness.opened()
        #expect(await harness.found(1, in: again) == nil && again.holdings.isEmpty)
        await again.close()
        await file.close()
    }

    // MARK: Clocks

    /// Nobody knows how old anything is then.
    @Test func aClockThatGoesBackHasAllOfItThrownAway() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1, seconds: 100_000))
        await harness.written(file)
        harness.clock.advance(milliseconds: -4_000)
        #expect(await harness.found(1, in: file) != nil, "set right by a little")
        harness.clock.advance(milliseconds: -60_000)
        #expect(await harness.found(1, in: file) == nil)
        await harness.written(file)
        #expect(file.holding.entries == 0)
        #expect(harness.troubles.withLock { $0 } == [.clockWentBack])
        file.keep(harness.answer(2))
        await harness.written(file)
        #expect(await harness.found(2, in: file) != nil)
        await file.close()
    }

    @Test func aClockThatWentBackBetweenTwoProcessesDoesToo() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1, seconds: 100_000))
        await harness.written(file)
        harness.clock.advance(milliseconds: 3_600_000)
        await file.close()
        // It is behind what the file was closed at, and ahead of what it was written at.
        harness.clock.advance(milliseconds: -600_000)
        let again = try await harness.opened()
        #expect(await harness.found(1, in: again) == nil)
        await harness.written(again)
        #expect(again.holding.entries == 0)
        await again.close()
    }

    @Test func aClockThatGoesAheadOnlyEndsThemSooner() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1, seconds: 60))
        file.keep(harness.answer(2, seconds: 100_000))
        await harness.written(file)
        harness.clock.advance(milliseconds: 3_600_000)
        #expect(await harness.found(1, in: file) == nil)
        #expect(await harness.found(2, in: file) != nil)
        await file.close()
    }
}

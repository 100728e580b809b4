import Domain
import Glibc
import Reactor
import SQL
import Support
import Synchronization
import Testing

@testable import Archive

/// Another program at the file, a clock that is set, names that go: nobody is held up, and no promise is broken.
@Suite(.timeLimit(.minutes(2))) struct ArchiveHoldUpTests {
    /// What cannot even be begun is dropped as what fails is, and does not keep the process from its end.
    @Test func aFileThatAnotherProgramHasLockedEndsNoLater() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        let other = try harness.database()
        let (gate, reached) = (ThreadGate(), Doorbell())
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try? await other.write { _ in
                    reached.ring()
                    gate.pass()
                }
            }
            await reached.wait()
            file.keep(harness.answer(1))
            await harness.written(file)
            #expect((file.statistics.dropped, file.statistics.written) == (1, 0))
            file.keep(harness.answer(2))
            await file.close()
            #expect(file.statistics.dropped == 2 && file.statistics.failures > 0)
            gate.open()
        }
        await other.close()
    }

    /// The log grows for as long as another program reads; then nothing more is written to it.
    @Test func theLogIsBoundedWhileAnotherProgramReads() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        let database = try #require(file.state.withLock { $0.database })
        let other = try harness.database()
        let (gate, reached) = (ThreadGate(), Doorbell())
        let body = [UInt8](repeating: 7, count: 900_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await other.read { connection in
                    _ = try connection.first("SELECT count(*) FROM answers") { try $0.int(0) }
                    reached.ring()
                    gate.pass()
                }
            }
            await reached.wait()
            for number in 0..<200 where file.statistics.dropped == 0 {
                file.keep(harness.answer(number, body: body))
                await harness.written(file)
            }
            let most = AnswerFile.logBytesMax
            #expect(file.statistics.dropped == 1 && (most..<most + 8 << 20).contains(database.statistics.walBytes))
            gate.open()
            try await group.waitForAll()
        }
        await other.close()
        file.keep(harness.answer(1_000))
        await harness.written(file)
        #expect(await harness.found(1_000, in: file) != nil && file.statistics.dropped == 1)
        #expect(database.statistics.walBytes < 1 << 20)
        await file.close()
    }

    // MARK: Purges

    /// Whoever deletes the log of a file takes back what was written last, a purge among it.
    @Test func aPurgeThatWouldNotLastTakesTheWholeFile() async throws {
        let harness = try ArchiveHarness()
        let first = try await harness.opened()
        first.keep(harness.answer(1))
        await first.close()
        let file = try await harness.opened()
        #expect(await harness.found(1, in: file) != nil)
        file.keep(harness.answer(2))
        await harness.written(file)
        #expect(unlink(harness.path + "-wal") == 0)
        _ = try await file.purge(deployments: ["d"])
        // Killed now, the next process would find what has this name.
        #expect(harness.bytes == nil && file.statistics.discarded == 1)
        await file.close()
    }

    /// Loops wait for no file.
    @Test func aFileIsRemovedOffTheLoopOfWhoeverPurges() async throws {
        let harness = try ArchiveHarness()
        let loop = try EventLoop(name: "purges")
        loop.start()
        defer {
            loop.stop()
            loop.join()
        }
        let wasOnLoop = Mutex<Bool?>(nil)
        let file = harness.file { trouble in
            if case .thrownAway = trouble { wasOnLoop.withLock { $0 = loop.isCurrent } }
        }
        await file.open()
        file.keep(harness.answer(1))
        await file.close()
        _ = try await withTaskExecutorPreference(loop) { try await file.purge(deployments: ["d"]) }
        #expect(harness.bytes == nil && wasOnLoop.withLock { $0 } == false)
    }

    /// The power fails while a file is removed: what is left of it is nothing.
    @Test func aLogWithoutItsFileGivesNothing() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1))
        await harness.written(file)
        #expect(unlink(harness.path) == 0 && access(harness.path + "-wal", F_OK) == 0)
        let again = try await harness.opened()
        #expect(await harness.found(1, in: again) == nil && again.statistics.failures == 0)
        again.keep(harness.answer(2))
        await harness.written(again)
        #expect(await harness.found(2, in: again) != nil)
        await again.close()
    }

    @Test func whatNobodyCanReadIsNotSaidToBeRemoved() throws {
        let harness = try ArchiveHarness()
        #expect(symlink(harness.path, harness.path) == 0)
        #expect(throws: FileError.self) { try AnswerFile.remove(harness.path) }
    }

    // MARK: Clocks

    /// Set back by less than what has gone by since it was last looked at, it is not before anything that was seen.
    @Test func aClockThatIsSetBackBetweenTwoLooksHasAllOfItThrownAway() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1, seconds: 60))
        await harness.written(file)
        harness.pass(seconds: 30)
        #expect(await harness.found(1, in: file) != nil)
        harness.pass(seconds: 50, shown: 10)
        #expect(await harness.found(1, in: file) == nil, "it was over 20 s ago, and looks 40 s old")
        await harness.written(file)
        #expect(file.holding.entries == 0 && harness.troubles.withLock { $0 } == [.clockWentBack])
        await file.close()
    }

    /// A process that is killed says nothing at its end, but each minute.
    @Test func aClockThatIsSetBackAfterTheProcessWasKilledDoesToo() async throws {
        let harness = try ArchiveHarness()
        let file = try await harness.opened()
        file.keep(harness.answer(1, seconds: 100_000))
        await harness.written(file)
        harness.pass(seconds: 3_600)
        while await file.turn(isTidying: true) {}
        harness.pass(seconds: 60, shown: -1_800)
        let again = try await harness.opened()
        #expect(await harness.found(1, in: again) == nil)
        await again.close()
        await file.close()
    }
}

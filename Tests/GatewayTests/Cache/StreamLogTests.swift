import Domain
import HTTP
import Reactor
import Testing

@testable import Gateway

/// The events of a stream between the call and those who read them.
@Suite(.timeLimit(.minutes(1))) struct StreamLogTests {
    private static func log(entryBytesMax: Int, window: Int = 1_000) -> (StreamLog, Flight, AnswerCache) {
        let cache = AnswerCache(bytesMax: 64 << 20, entryBytesMax: entryBytesMax) { .now() }
        let log = StreamLog(cache, windowBytesMax: window)
        return (log, Flight(epoch: 0, log: log), cache)
    }

    private static func reader(_ log: StreamLog, _ flight: Flight) -> StreamReader? {
        StreamReader(log, of: flight, wantsUsage: true, on: Rig.loops[0])
    }

    private static let bytes = [UInt8](repeating: 65, count: 600)

    @Test(arguments: [0, 599]) func whoComesAfterTheStartIsGoneReadsNothing(bound: Int) throws {
        let (log, flight, _) = Self.log(entryBytesMax: bound)
        // It has joined in time, and comes to read after the call has gone on.
        #expect(flight.join())
        #expect(!log.append(Self.bytes, cuts: []))
        #expect(Self.reader(log, flight) == nil)
        #expect(!log.append(Self.bytes, cuts: []))
        #expect(Self.reader(log, flight) == nil)
        // Nobody joins any more, from the moment on that the start is gone.
        #expect(!flight.join())
    }

    @Test func whoHasBegunReadsOnWhenTheWholeIsNotKeptAnyMore() throws {
        let (log, flight, cache) = Self.log(entryBytesMax: 1_000)
        let reader = try #require(Self.reader(log, flight))
        #expect(log.append(Self.bytes, cuts: []))
        #expect(cache.recordingBytes > 0)
        #expect(!log.append(Self.bytes, cuts: []))
        #expect(cache.recordingBytes == 0)
        guard case .bytes(let taken) = log.step(reader) else { throw ClientGone() }
        #expect(taken.count == 1_200)
        #expect(log.step(reader) == nil)
        #expect(log.recording() == nil)
    }

    @Test func whoLagsBehindIsDroppedAndTheLastOneLeftNever() throws {
        let (log, flight, _) = Self.log(entryBytesMax: 0)
        #expect(flight.join() && flight.join())
        let readers = try (0..<3).map { _ in try #require(Self.reader(log, flight)) }
        #expect(!log.append(Self.bytes, cuts: []))
        #expect(!log.append(Self.bytes, cuts: []))
        #expect(log.isFull)
        guard case .bytes = log.step(readers[1]) else { throw ClientGone() }
        #expect(log.isFull)
        log.dropLaggards()
        #expect(!log.isFull)
        for index in [0, 2] {
            guard case .dropped? = log.step(readers[index]) else { throw ClientGone() }
        }
        for _ in 0..<2 { _ = log.append(Self.bytes, cuts: []) }
        #expect(log.isFull)
        log.dropLaggards()
        #expect(log.isFull)
        guard case .bytes(let bytes)? = log.step(readers[1]) else { throw ClientGone() }
        #expect(bytes.count == 1_200)
    }

    @Test func whatSlowReadersHoldIsNotGivenBackBeforeTheyHaveReadIt() throws {
        let (log, flight, cache) = Self.log(entryBytesMax: 10_000)
        #expect(flight.join())
        let readers = try (0..<2).map { _ in try #require(Self.reader(log, flight)) }
        #expect(log.append(Self.bytes, cuts: []))
        let taken = cache.recordingBytes
        #expect(taken >= 600)
        log.end(.failed)
        #expect(cache.recordingBytes == taken)
        log.remove(readers[0])
        #expect(cache.recordingBytes == taken)
        log.remove(readers[1])
        #expect(cache.recordingBytes == 0)
        // Who had joined before, and comes to read only now.
        let late = try #require(Self.reader(log, flight))
        #expect(cache.recordingBytes >= 600)
        log.remove(late)
        #expect(cache.recordingBytes == 0)
    }

    /// The call on one loop, who comes on another: either reads from the start, or not at all.
    /// A client closes when it has seen the last event, and the call's loop may not have come to tell the end by then.
    @Test func whoLeavesWithTheLastEventHasHadAWholeAnswer() throws {
        let (log, flight, _) = Self.log(entryBytesMax: 10_000)
        #expect(flight.join() && flight.join())
        let (early, late) = (try #require(Self.reader(log, flight)), try #require(Self.reader(log, flight)))
        _ = log.append(Self.bytes, cuts: [])
        for reader in [early, late] { _ = log.step(reader) }
        early.callerDeparted()
        guard case .departed? = log.step(early) else { throw ClientGone() }
        _ = log.append(Self.bytes, cuts: [], isLast: true)
        _ = log.step(late)
        late.callerDeparted()
        #expect(log.step(late) == nil && !late.hasLeft)
        log.end(.failed)
        guard case .ended? = log.step(late) else { throw ClientGone() }
    }

    @Test(arguments: 1...20) func joiningAStreamThatGrowsTooLongIsSafeWhateverComesFirst(round: Int) async throws {
        let (log, flight, _) = Self.log(entryBytesMax: 20_000, window: 100)
        let first = try #require(Self.reader(log, flight))
        await withTaskGroup { group in
            group.addTask {
                for number in 0..<200 {
                    _ = log.append([UInt8](repeating: UInt8(number), count: 200), cuts: [])
                    while case .bytes? = log.step(first) {}
                }
                log.end(.failed)
            }
            group.addTask {
                while flight.join() {
                    guard let reader = Self.reader(log, flight) else { break }
                    if case .bytes(let bytes)? = log.step(reader) { #expect(bytes.first == 0) }
                    log.remove(reader)
                    flight.leave()
                    await Task.yield()
                }
            }
        }
        log.remove(first)
    }
}

import Domain
import Reactor
import Support
import Testing

@testable import Gateway

@Suite struct AnswerStoreTests {
    private static func answer(_ byteCount: Int) -> CachedAnswer {
        let outcome = Outcome(
            id: ULID(high: 0, low: 0), createdAt: Timestamp(milliseconds: 0),
            arm: OutcomeArm(project: "default", asked: "bot"), unit: "", probability: 1, status: .ok, isStream: false,
            latencyMilliseconds: 0, requestID: "", keyID: "")
        var body: [UInt8] = []
        body.reserveCapacity(byteCount)
        for _ in 0..<byteCount { body.append(UInt8(ascii: "x")) }
        return CachedAnswer(outcome, body: body, usageCuts: [], at: MonotonicInstant(nanoseconds: 0))
    }

    private static func key(_ number: Int) -> CacheKey {
        RequestFingerprint.key(of: Array("\(number)".utf8))
    }

    /// A store and what a test wants to know of it.
    private final class Bench {
        var store: AnswerStore
        let tally = CacheTally(project: "default", deployment: "bot", environment: "production")
        var now: UInt64 = 0
        var dropped: [CachedAnswer] = []

        init(bytesMax: Int) { store = AnswerStore(bytesMax: bytesMax) }

        func keep(_ number: Int, bytes: Int = 100, seconds: UInt64 = 1_000) {
            store.insert(
                AnswerStoreTests.answer(bytes), for: AnswerStoreTests.key(number), tally: tally, expires: now + seconds,
                now: now, dropped: &dropped)
        }

        func finds(_ number: Int) -> Bool {
            store.find(AnswerStoreTests.key(number), now: now, dropped: &dropped) != nil
        }
    }

    @Test func whatIsKeptIsFoundUntilItsTimeIsOver() {
        let bench = Bench(bytesMax: 10_000)
        bench.keep(1, seconds: 10)
        bench.now = 9
        #expect(bench.finds(1))
        bench.now = 10
        #expect(!bench.finds(1))
        #expect(bench.store.count == 0)
        #expect(bench.store.bytes == 0)
        #expect(bench.dropped.count == 1)
        #expect(bench.store.evictions == 0)
        #expect(bench.tally.entries == 0)
    }

    @Test func aSecondAnswerTakesThePlaceOfTheFirst() {
        let bench = Bench(bytesMax: 10_000)
        bench.keep(1, bytes: 100)
        bench.keep(1, bytes: 200)
        #expect(bench.store.count == 1)
        #expect(abs(bench.store.bytes - Self.answer(200).byteCount) < 64)
        #expect(bench.dropped.count == 1)
        // One that does not fit is not kept, and what it would have replaced is no longer the answer.
        bench.keep(1, bytes: 20_000)
        #expect(!bench.finds(1))
        #expect(bench.store.bytes == 0)
    }

    /// A provider may say that its answer took any number of tokens, and be asked for it again and again.
    @Test func whatIsSavedStopsAtTheGreatestNumber() {
        let tally = CacheTally(project: "default", deployment: "bot", environment: "production")
        for micro in [7, nil, Int64.max - 8, 1, .max, 9] { tally.hit(saving: micro) }
        #expect(tally.hits == 6)
        #expect(tally.savedMicroUSD == .max)
    }

    @Test func whatIsAskedForOutlivesAFloodOfWhatIsNot() {
        let entry = Self.answer(100).byteCount
        let bench = Bench(bytesMax: entry * 100)
        for number in 0..<20 { bench.keep(number) }
        for number in 0..<20 { #expect(bench.finds(number)) }
        for number in 1_000..<11_000 { bench.keep(number) }
        #expect((0..<20).filter { bench.finds($0) }.count == 20)
        // The allocator may give a little more than was asked for, and not always the same: bytes are what is bounded.
        #expect(bench.store.bytes <= bench.store.bytesMax)
    }

    @Test func whatComesBackSoonAfterItWentStaysLonger() {
        let entry = Self.answer(100).byteCount
        let bench = Bench(bytesMax: entry * 100)
        for number in 0..<150 { bench.keep(number) }
        #expect(!bench.finds(0))
        bench.keep(0)
        // More than there is room for pass through the small queue, and leave it in the main one.
        for number in 1_000..<1_300 { bench.keep(number) }
        #expect(bench.finds(0))
    }

    @Test func whatIsOverGoesFirst() {
        // The allocator rounds each body up as it has room: not all take the same.
        let entry = Self.answer(100).byteCount
        let bench = Bench(bytesMax: entry * 10 + entry / 2)
        for number in 0..<10 { bench.keep(number, seconds: number == 0 ? 5 : 1_000) }
        for _ in 0..<3 { #expect(bench.finds(0)) }
        bench.now = 6
        bench.keep(10)
        // It had been asked for often, and yet nothing else had to go for it.
        #expect(bench.store.evictions == 0)
        #expect(bench.store.count == 10)
    }

    @Test func aPurgeTakesWhatItIsToldAFewSlotsAtATime() {
        let bench = Bench(bytesMax: 1 << 20)
        let other = CacheTally(project: "default", deployment: "other", environment: "production")
        for number in 0..<100 {
            bench.store.insert(
                Self.answer(10), for: Self.key(number), tally: number % 3 == 0 ? other : bench.tally, expires: .max,
                now: 0, dropped: &bench.dropped)
        }
        for base in stride(from: 0, to: bench.store.slotCount, by: 16) {
            bench.store.remove(inSlots: base..<base + 16, dropped: &bench.dropped) { $0 === other }
        }
        #expect(bench.dropped.count == 34)
        #expect(other.entries == 0)
        #expect(bench.tally.entries == bench.store.count)
        #expect((0..<100).allSatisfy { bench.finds($0) == ($0 % 3 != 0) })
    }

    /// Whatever is asked of it, it holds no more than it may, tells what it holds, and loses nothing that it told to
    /// hold but by time or eviction.
    @Test(arguments: 1...40) func boundsHoldWhateverIsAskedOfIt(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bench = Bench(bytesMax: Int.random(in: 2_000...60_000, using: &random))
        var alive: [Int: UInt64] = [:]
        for _ in 0..<2_000 {
            bench.now += UInt64.random(in: 0...3, using: &random)
            let number = Int.random(in: 0..<60, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let seconds = UInt64.random(in: 1...400, using: &random)
                let bytes = Int.random(
                    in: 0...(Int.random(in: 0..<20, using: &random) == 0 ? 70_000 : 3_000), using: &random)
                bench.keep(number, bytes: bytes, seconds: seconds)
                alive[number] = Self.answer(bytes).byteCount <= bench.store.bytesMax ? bench.now + seconds : nil
            case 5..<9:
                // Never what is over, nor what was never there.
                if bench.finds(number) { #expect((alive[number] ?? 0) > bench.now) }
            default:
                let base = Int.random(in: 0...max(0, bench.store.slotCount), using: &random)
                bench.store.remove(inSlots: base..<base + 2, dropped: &bench.dropped) { _ in true }
            }
            #expect(bench.store.bytes <= bench.store.bytesMax)
            #expect(bench.tally.bytes == bench.store.bytes)
            #expect(bench.tally.entries == bench.store.count)
        }
        bench.store.remove(inSlots: 0..<bench.store.slotCount, dropped: &bench.dropped) { _ in true }
        #expect(bench.store.count == 0)
        #expect(bench.store.bytes == 0)
    }

    /// Whoever makes two keys with a word in common, which takes some four billion tries, gets a place and no answer.
    @Test func twoKeysThatShareAWordAreNotTakenForOneAnother() {
        var store = AnswerStore(bytesMax: 10_000)
        let tally = CacheTally(project: "default", deployment: "bot", environment: "production")
        let keys = [0, 1].map { CacheKey(first: 7, second: $0, third: 0, fourth: 0) }
        let answers = [Self.answer(10), Self.answer(20)]
        var dropped: [CachedAnswer] = []
        for (key, answer) in zip(keys, answers) {
            store.insert(answer, for: key, tally: tally, expires: 10, now: 0, dropped: &dropped)
            for other in keys {
                let found = store.find(other, now: 1, dropped: &dropped)
                #expect(found === (other == key ? answer : nil))
            }
        }
        #expect(store.count == 1)
        #expect(tally.entries == 1)
        #expect(dropped.count == 1)
        #expect(store.bytes == answers[1].byteCount)
    }
}

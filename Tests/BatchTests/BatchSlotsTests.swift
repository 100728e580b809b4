import Support
import Testing

@testable import Batch

/// Which batches are worked on where there are more than slots.
@Suite struct BatchSlotsTests {
    private static func waiting(_ count: Int, of project: String, from first: Int = 0) -> [BatchSlots.Waiting] {
        (first..<first + count).map { BatchSlots.Waiting(id: "\(project)-\(1_000 + $0)", project: project) }
    }

    private static func settings(_ active: Int, perProject: Int) -> BatchSettings {
        var settings = BatchSettings()
        settings.activeMax = active
        settings.activePerProjectMax = perProject
        return settings
    }

    private static func active(_ taken: [BatchSlots.Waiting], held: Int64? = nil) -> [BatchSlots.Active] {
        taken.map { BatchSlots.Active(id: $0.id, project: $0.project, canLeave: true, heldMilliseconds: held) }
    }

    @Test func projectsShareTheSlotsEvenlyAndTheOldestBatchesOfEachComeFirst() {
        var slots = BatchSlots(Self.settings(9, perProject: 8))
        let all = Self.waiting(50, of: "a") + Self.waiting(2, of: "b") + Self.waiting(50, of: "c")
        let taken = slots.share(all, active: []).taken
        #expect(Dictionary(grouping: taken, by: \.project).mapValues(\.count) == ["a": 4, "b": 2, "c": 3])
        #expect(taken.filter { $0.project == "a" }.map(\.id) == (1_000..<1_004).map { "a-\($0)" })
    }

    @Test func projectsThatFillTheTableMakeRoomForOneThatComesLater() {
        var slots = BatchSlots(BatchSettings())
        let early = (0..<4).flatMap { Self.waiting(64, of: "p\($0)") }
        var active = Self.active(slots.share(early, active: []).taken)
        #expect(active.count == 256)
        let late = Self.waiting(80, of: "late")
        for _ in 0..<100 {
            let waiting = late.filter { batch in !active.contains { $0.id == batch.id } }
            let shares = slots.share(waiting, active: active)
            active += Self.active(shares.taken)
            #expect(active.count <= 256)
            if shares.taken.isEmpty, shares.leaving.isEmpty { break }
            for id in shares.leaving { slots.left(id) }
            active.removeAll { shares.leaving.contains($0.id) }
        }
        let counts = Dictionary(grouping: active, by: \.project).mapValues(\.count)
        #expect(counts.count == 5 && counts.values.allSatisfy { (51...52).contains($0) })
    }

    @Test func whoHasBeenToldToLeaveIsNotReplacedTwice() {
        var slots = BatchSlots(Self.settings(2, perProject: 2))
        var active = Self.active(slots.share(Self.waiting(2, of: "a"), active: []).taken)
        let late = Self.waiting(1, of: "b")
        let first = slots.share(late, active: active)
        #expect(first.leaving == ["a-1001"])
        active[1].isLeaving = true
        let told = slots.share(late, active: active).leaving.isEmpty
        #expect(told)
    }

    @Test func aBatchThatNothingGetsThroughForMakesRoomWithinItsOwnProject() {
        var slots = BatchSlots(Self.settings(16, perProject: 2))
        let all = Self.waiting(4, of: "a")
        let taken = slots.share(all, active: []).taken
        #expect(taken.map(\.id) == ["a-1000", "a-1001"])
        let atEase = slots.share(Array(all[2...]), active: Self.active(taken)).leaving.isEmpty
        #expect(atEase)
        let early = slots.share(Array(all[2...]), active: Self.active(taken, held: 59_999)).leaving.isEmpty
        #expect(early)
        let leaving = slots.share(Array(all[2...]), active: Self.active(taken, held: 60_000)).leaving
        #expect(Set(leaving) == ["a-1000", "a-1001"])
        for id in leaving { slots.left(id) }
        // They come again when the others had their turn.
        let second = slots.share(all, active: []).taken.map(\.id)
        #expect(second == ["a-1002", "a-1003"])
        let third = Set(slots.share(Array(all[..<2]), active: []).taken.map(\.id))
        #expect(third == ["a-1000", "a-1001"])
    }

    @Test func nobodyLeavesForNobody() {
        var slots = BatchSlots(Self.settings(2, perProject: 2))
        let taken = slots.share(Self.waiting(2, of: "a"), active: []).taken
        let nobody = slots.share([], active: Self.active(taken, held: 1 << 40)).leaving.isEmpty
        #expect(nobody)
    }

    @Test func whatEndsComesBeforeWhatBegins() {
        var slots = BatchSlots(Self.settings(1, perProject: 1))
        var all = Self.waiting(5, of: "a")
        all[4].isEnding = true
        let only = slots.share(all, active: []).taken.map(\.id)
        #expect(only == ["a-1004"])
    }

    /// The rows were read before it had left its slot.
    @Test func whoLeavesWhileOthersAreLookedForGoesToTheBackAllTheSame() {
        var slots = BatchSlots(Self.settings(1, perProject: 1))
        let all = Self.waiting(3, of: "a")
        let first = slots.share([all[0]], active: []).taken.map(\.id)
        slots.left("a-1000")
        let second = slots.share([all[1]], active: []).taken.map(\.id)
        let third = slots.share([all[0], all[2]], active: []).taken.map(\.id)
        #expect([first, second, third] == [["a-1000"], ["a-1001"], ["a-1002"]])
    }

    @Test func whatEndsWaitsForNobodysSlot() {
        var slots = BatchSlots(Self.settings(4, perProject: 2))
        var all = Self.waiting(5, of: "a") + Self.waiting(3, of: "b")
        let active = Self.active(slots.share(all, active: []).taken)
        #expect(active.count == 4)
        // One of a project that has its share, and the table is full.
        all[4].isEnding = true
        let waiting = all.filter { batch in !active.contains { $0.id == batch.id } }
        let shares = slots.share(waiting, active: active)
        #expect(shares.taken.map(\.id) == ["a-1004"] && shares.leaving.isEmpty)
    }

    @Test func ofManyThatEndAFewDoSoAtOnceAndEachProjectHasItsShare() {
        var slots = BatchSlots(Self.settings(2, perProject: 64))
        var active = Self.active(slots.share(Self.waiting(2, of: "c"), active: []).taken)
        let ending = (Self.waiting(500, of: "a") + Self.waiting(3, of: "b")).map { batch in
            BatchSlots.Waiting(id: batch.id, project: batch.project, isEnding: true)
        }
        let taken = slots.share(ending, active: active).taken
        #expect(taken.count == BatchSlots.endingMax && taken.count { $0.project == "b" } == 3)
        active += taken.map { BatchSlots.Active(id: $0.id, project: $0.project, isEnding: true) }
        let more = slots.share(ending.filter { !taken.contains($0) }, active: active).taken
        #expect(more.isEmpty)
    }

    /// Whoever comes and goes, nobody waits for ever while slots turn over.
    @Test(arguments: 0..<20) func everyBatchHasItsTurn(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var slots = BatchSlots(Self.settings(6, perProject: 4))
        let all = (0..<Int.random(in: 1...9, using: &random)).flatMap { number in
            Self.waiting(Int.random(in: 1...30, using: &random), of: "p\(number)")
        }
        var active: [BatchSlots.Active] = []
        var seen: Set<String> = []
        // None ever ends: nothing gets through for any of them.
        for _ in 0..<400 {
            let waiting = all.filter { batch in !active.contains { $0.id == batch.id } }
            let shares = slots.share(waiting, active: active)
            active += Self.active(shares.taken, held: 60_000)
            seen.formUnion(shares.taken.map(\.id))
            #expect(active.count <= 6)
            for id in shares.leaving { slots.left(id) }
            active.removeAll { shares.leaving.contains($0.id) }
        }
        #expect(seen.count == all.count)
    }
}

import Support
import Testing

@testable import Domain

/// Who is next when all want to: projects first, then their batches.
@Suite struct PermitSharesTests {
    private typealias Claim = PermitShares.Claim

    @Test func aProjectOfManyBatchesHasNoMoreTurnsThanOneOfOne() {
        var shares = PermitShares(8)
        var ticket: UInt64 = 0
        var waiting: [UInt64: Claim] = [:]
        var held: [Claim] = []
        var turns: [Claim: Int] = [:]
        func ask(_ claim: Claim) {
            ticket += 1
            if shares.enter(claim, ticket: ticket) { held.append(claim) } else { waiting[ticket] = claim }
        }
        let many = (0..<64).map { Claim(project: "many", work: "m\($0)") }
        let one = Claim(project: "one", work: "o")
        for claim in many { for _ in 0..<2 { ask(claim) } }
        for _ in 0..<16 { ask(one) }
        var random = SeededGenerator(seed: 3)
        for _ in 0..<4_000 {
            let ended = held.remove(at: Int.random(in: 0..<held.count, using: &random))
            let next = shares.leave(ended).flatMap { waiting.removeValue(forKey: $0) }
            #expect(next != nil)
            guard let next else { return }
            held.append(next)
            turns[next, default: 0] += 1
            ask(ended)
            #expect(held.count == 8)
        }
        #expect((3...5).contains(shares.held(by: "one")))
        let ofOne = turns[one] ?? 0
        #expect((1_900...2_100).contains(ofOne))
        let ofMany = many.map { turns[$0] ?? 0 }
        #expect((ofMany.max() ?? 0) - (ofMany.min() ?? 0) <= 4)
    }

    @Test func whoHoldsAllOfThemYieldsTheNextOnesToAnother() {
        var shares = PermitShares(4)
        let busy = Claim(project: "a", work: "1")
        let early = (1...5).map { shares.enter(busy, ticket: UInt64($0)) }
        #expect(early == [true, true, true, true, false])
        let late = Claim(project: "b", work: "2")
        let waiting = (6...9).map { shares.enter(late, ticket: UInt64($0)) }
        #expect(waiting == [false, false, false, false])
        let firsts = [shares.leave(busy), shares.leave(busy)]
        #expect(firsts == [6, 7])
        #expect(shares.held(by: "a") == 2 && shares.held(by: "b") == 2)
        // Among equals it is the turn of who had the last one longest ago.
        let seconds = [shares.leave(late), shares.leave(busy)]
        #expect(seconds == [8, 5])
    }

    @Test func whoWaitsNoLongerIsPassedOver() {
        var shares = PermitShares(1)
        let claim = Claim(project: "a", work: "1")
        let entered = (1...3).map { shares.enter(claim, ticket: UInt64($0)) }
        #expect(entered == [true, false, false])
        let withdrawn = [shares.withdraw(claim, ticket: 2), shares.withdraw(claim, ticket: 2)]
        #expect(withdrawn == [true, false])
        let next = [shares.leave(claim), shares.leave(claim)]
        #expect(next == [3, nil])
        let isFree = shares.enter(Claim(project: "b", work: "1"), ticket: 4)
        #expect(isFree)
    }

    @Test func aTaskThatIsCancelledLeavesNothingBehind() async {
        let permits = SharedPermits(1)
        let claim = Claim(project: "a", work: "1")
        #expect(await permits.acquire(for: claim))
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await permits.acquire(for: claim) }
            group.cancelAll()
            #expect(await group.next() == false)
        }
        permits.release(claim)
        #expect(await permits.acquire(for: claim))
    }
}

import Domain
import Support
import Testing

@testable import Gateway

@Suite struct HedgeLedgerTests {
    private static func ledger() -> HedgeLedger { HedgeLedger(project: "default", deployment: "bot") }

    @Test(arguments: [0.1, 2.5, 5, 20])
    func noMoreAreMadeThanTheShareAndTenToBeginWith(share: Double) {
        let ledger = Self.ledger()
        var made = 0
        // Everybody is slow.
        for _ in 0..<10_000 {
            ledger.deposit(share)
            if ledger.withdraw() { made += 1 }
        }
        // What the first call adds to ten that are there is lost.
        #expect((9...10).contains(made - Int(share * 100)))
    }

    @Test func aQuietTimeSavesUpTenAtMost() {
        let ledger = Self.ledger()
        for _ in 0..<100_000 { ledger.deposit(20) }
        var made = 0
        while ledger.withdraw() { made += 1 }
        #expect(made == 10 && ledger.credit == 0)
        ledger.giveBack()
        #expect(ledger.credit == 1)
    }

    @Test func ofManyLoopsNoneTakesWhatAnotherHas() async {
        let ledger = Self.ledger()
        let made = await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<2_000).reduce(into: 0) { made, _ in
                        ledger.deposit(5)
                        if ledger.withdraw() { made += 1 }
                    }
                }
            }
            return await group.reduce(0, +)
        }
        // What comes while all ten are there is too much; it never is more than that.
        #expect((790...810).contains(made))
    }
}

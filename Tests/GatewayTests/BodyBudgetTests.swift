import Domain
import Gateway
import Testing

/// Bodies that are to be stored share a bounded memory, from the first byte of a request on.
@Suite(.timeLimit(.minutes(1))) struct BodyBudgetTests {
    @Test func whatFindsNoRoomIsLeftOutAndRoomComesBack() {
        let budget = BodyBudget(bytesMax: 1_000)
        do {
            let first = OutcomeBodies(request: [UInt8](repeating: 1, count: 600), bytesMax: 4_096, budget: budget)
            let second = OutcomeBodies(request: [UInt8](repeating: 2, count: 600), bytesMax: 4_096, budget: budget)
            #expect(!first.isCrowdedOut && second.isCrowdedOut)
            #expect(second.request.isCut && second.request.byteCount == 600)
            first.relayed([UInt8](repeating: 3, count: 300))
            first.relayed([UInt8](repeating: 4, count: 300))
            #expect(first.answer?.bytes.count == 301)
            #expect(first.answer?.byteCount == 600 && first.answer?.isCut == true)
            #expect(budget.bytesTaken == 901)
            let third = OutcomeBodies(request: [], bytesMax: 4_096, budget: budget)
            // Behind a gap nothing is kept, though there would be room for it.
            for count in [50, 200, 10] { third.answered([UInt8](repeating: 5, count: count)) }
            #expect(third.answer?.bytes.count == 50 && third.answer?.isCut == true && third.answer?.byteCount == 260)
        }
        #expect(budget.bytesTaken == 0)
    }

    /// No more is taken than is held.
    @Test func aLongBodyTakesItsBound() {
        let budget = BodyBudget(bytesMax: 100_000)
        let bodies = OutcomeBodies(request: [UInt8](repeating: 1, count: 50_000), bytesMax: 2_000, budget: budget)
        for _ in 0..<100 { bodies.answered([UInt8](repeating: 2, count: 1_000)) }
        #expect(budget.bytesTaken == bodies.bytesHeld)
    }

    /// A stream goes on long after there is room for more of it.
    @Test func aLongStreamTakesItsBound() {
        let budget = BodyBudget(bytesMax: 100_000)
        let bodies = OutcomeBodies(request: [], bytesMax: 2_000, budget: budget)
        for _ in 0..<1_000 { bodies.relayed([UInt8](repeating: 3, count: 700)) }
        #expect(budget.bytesTaken == bodies.bytesHeld && bodies.bytesHeld < 3_100)
        #expect(bodies.answer?.byteCount == 700_000)
    }
}

import Support
import Testing

@testable import Gateway

@Suite struct VariantQueueTests {
    @Test func theAssignedOneIsFirstAndNobodyComesTwice() {
        var queue = VariantQueue(assigned: 1, fallbacks: [0, 1, 2])
        let order = (0..<5).map { _ in queue.next() }
        #expect(order == [1, 0, 2, nil, nil])
    }

    @Test func whereRequestsMayNotGoNobodyFallsBack() {
        var queue = VariantQueue(assigned: 2, fallbacks: [0, 1, 3], allowed: [false, true, true, false])
        #expect(queue.hasMore { $0 == 1 } && !queue.hasMore { $0 == 0 })
        let order = (0..<4).map { _ in queue.next() }
        #expect(order == [2, 1, nil, nil])
        #expect(!queue.hasMore)
    }

    @Test func whoWasPutOffComesLast() {
        var queue = VariantQueue(assigned: 0, fallbacks: [1, 2])
        var order = [queue.next()]
        #expect(queue.hasMore { $0 == 2 } && !queue.hasMore { $0 == 0 })
        queue.putOff(0)
        order.append(queue.next())
        queue.putOff(1)
        #expect(!queue.isLastCall)
        order.append(queue.next())
        #expect(queue.hasMore && !queue.hasMore { _ in true })
        order.append(queue.next())
        #expect(queue.isLastCall && queue.hasMore)
        order.append(queue.next())
        #expect(!queue.hasMore)
        order.append(queue.next())
        #expect(order == [0, 1, 2, 0, 1, nil])
    }

    @Test func whoIsTakenOutOfTurnComesNoMore() {
        var queue = VariantQueue(assigned: 0, fallbacks: [1, 2, 3, 0], allowed: [true, true, false, true])
        // Before anybody was asked there is nobody to be asked beside.
        #expect(queue.take { _ in true } == nil)
        #expect(queue.next() == 0)
        #expect(queue.take { $0 == 2 || $0 == 0 } == nil)
        #expect(queue.take { $0 > 1 } == 3)
        #expect(!queue.hasMore { $0 == 3 } && queue.hasMore)
        let order = (0..<3).map { _ in queue.next() }
        #expect(order == [1, nil, nil] && !queue.hasMore)
        #expect(queue.take { _ in true } == nil)
    }

    @Test(arguments: 0..<50)
    func everyoneComesOnceHoweverManyArePutOff(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let fallbacks = Array(0..<Int.random(in: 0...6, using: &random)).shuffled(using: &random)
        let assigned = Int.random(in: 0...6, using: &random)
        var queue = VariantQueue(assigned: assigned, fallbacks: fallbacks)
        var asked: [Int] = []
        while let index = queue.next() {
            if !queue.isLastCall, Bool.random(using: &random) { queue.putOff(index) } else { asked.append(index) }
            #expect(asked.count <= 8)
        }
        #expect(asked.sorted() == Set(fallbacks + [assigned]).sorted())
    }
}

import Domain
import Support
import Testing

@Suite struct AssignmentTests {
    private static let units = (0..<40_000).map { "user-\($0)" }

    private func assignment(_ weights: [(String, Double)], salt: String = "01HZX") throws -> Assignment {
        Assignment(salt: salt, variants: try weights.map { ($0.0, try #require(Weight(percent: $0.1))) })
    }

    @Test(arguments: [
        [50.0, 50.0], [90, 10], [99, 1], [33.33, 33.33, 33.34], [0, 100], [5, 0, 95], [0.5, 99.5],
        [10, 20, 30, 40], [2, 3, 5, 10, 20, 25, 35],
    ])
    func sharesAreTheWeightsWithinFourSigma(_ weights: [Double]) throws {
        let assignment = try assignment(weights.enumerated().map { ("v\($0.offset)", $0.element) })
        var counts = [Int](repeating: 0, count: weights.count)
        for unit in Self.units { counts[assignment.index(of: unit)] += 1 }
        let total = Double(Self.units.count)
        for (index, weight) in weights.enumerated() {
            let share = weight / 100
            let sigma = (total * share * (1 - share)).squareRoot()
            #expect(abs(Double(counts[index]) - total * share) <= 4 * sigma, "\(weights) \(counts)")
        }
    }

    @Test func aGrowingWeightMovesUnitsOnlyToTheGrownVariant() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<12 {
            // Hundredths of three others, which keep their proportions while the fourth grows.
            let others = (0..<3).map { _ in Int.random(in: 1...3_000, using: &generator) }
            let small = Int.random(in: 0...500, using: &generator)
            let large = small + Int.random(in: 1...5_000, using: &generator)
            func make(_ grown: Int) -> Assignment {
                Assignment(
                    salt: "d",
                    variants: (others + [grown]).enumerated().map {
                        (name: "v\($0.offset)", weight: Weight(hundredths: $0.element))
                    })
            }
            let before = make(small)
            let after = make(large)
            var moved = 0
            for unit in Self.units.prefix(4_000) {
                let (old, new) = (before.index(of: unit), after.index(of: unit))
                guard old != new else { continue }
                moved += 1
                #expect(new == 3)
            }
            #expect(moved > 0)
        }
    }

    @Test func aUnitStaysWhateverTheOrderOfTheVariants() throws {
        let forth = try assignment([("a", 30), ("b", 30), ("c", 40)])
        let back = try assignment([("c", 40), ("b", 30), ("a", 30)])
        for unit in Self.units.prefix(2_000) {
            #expect(["a", "b", "c"][forth.index(of: unit)] == ["c", "b", "a"][back.index(of: unit)])
        }
    }

    @Test func deploymentsAssignIndependently() throws {
        let first = try assignment([("a", 50), ("b", 50)], salt: "one")
        let second = try assignment([("a", 50), ("b", 50)], salt: "two")
        let both = Self.units.count { first.index(of: $0) == 0 && second.index(of: $0) == 0 }
        let sigma = (Double(Self.units.count) * 0.25 * 0.75).squareRoot()
        #expect(abs(Double(both) - Double(Self.units.count) / 4) <= 4 * sigma)
    }

    @Test func theHashIsTheSameInEveryReleaseAndOnEveryMachine() {
        #expect(StableHash.mix(0) == 0xE220_A839_7B1D_CDAF)
        #expect(StableHash.hash("a", seed: 0) == StableHash.hash("a", seed: 0))
        #expect(StableHash.hash("a", seed: 0) != StableHash.hash("a", seed: 1))
    }

    @Test(arguments: [
        (0.0, 0), (0.01, 1), (33.33, 3_333), (99.99, 9_999), (100, 10_000), (0.29, 29), (1.1, 110),
    ])
    func percentsAreExactHundredths(_ percent: Double, _ hundredths: Int) {
        #expect(Weight(percent: percent)?.hundredths == hundredths)
    }

    @Test(arguments: [-0.01, 100.01, 0.001, 33.333, .nan, .infinity])
    func otherPercentsAreNoWeights(_ percent: Double) {
        #expect(Weight(percent: percent) == nil)
    }
}

import Support
import Testing

@testable import Gateway

@Suite struct VectorIndexTests {
    private let tally = CacheTally(project: "p", deployment: "d", environment: "e")

    private func key(_ number: Int) -> CacheKey { RequestFingerprint.key(of: Array(String(number).utf8)) }

    private func entry(
        _ number: Int, _ numbers: [Double] = [1, 0], space: Int = 0, expires: UInt64 = 100
    ) throws -> VectorIndex.Entry {
        .init(try unit(numbers), key(number), tally, in: key(space), expires: expires)
    }

    private func unit(_ numbers: [Double]) throws -> UnitVector { try #require(UnitVector(numbers)) }

    @Test func theSimilarityIsTheCosineWhateverTheLengths() throws {
        var generator = SeededGenerator(seed: 11)
        for dimension in [1, 2, 7, 8, 9, 31, 32, 33, 100, 1_536] {
            func numbers(scale: Double) -> [Double] {
                (0..<dimension).map { _ in Double.random(in: -1...1, using: &generator) * scale }
            }
            let (left, right) = (numbers(scale: 1e-180), numbers(scale: 1e190))
            func length(_ numbers: [Double], _ scale: Double) -> Double {
                numbers.reduce(0) { $0 + ($1 * scale) * ($1 * scale) }.squareRoot()
            }
            let product = zip(left, right).reduce(0) { $0 + ($1.0 * 1e180) * ($1.1 * 1e-190) }
            let cosine = product / length(left, 1e180) / length(right, 1e-190)
            let one = try unit(left)
            #expect(abs(Double(try #require(one.similarity(to: unit(right)))) - cosine * 100_000) <= 1)
            #expect(one.similarity(to: one) == 100_000)
            #expect(one.similarity(to: try unit(left.map { -$0 })) == -100_000)
            #expect(one.similarity(to: try unit(left + [1])) == nil)
        }
    }

    @Test func whatHasNoDirectionIsNoVector() {
        let refused: [[Double]] = [
            [], [0], [0, -0.0], [.nan, 1], [1, .infinity], [-.infinity],
            Array(repeating: 1, count: UnitVector.dimensionMax + 1),
        ]
        for numbers in refused { #expect(UnitVector(numbers) == nil) }
        #expect(UnitVector([.leastNonzeroMagnitude]) != nil)
        #expect(UnitVector([.greatestFiniteMagnitude, .greatestFiniteMagnitude]) != nil)
    }

    @Test func theLikestIsFirstAndWhatIsOverIsNotFound() throws {
        let index = VectorIndex(bytesMax: 1 << 20)
        index.add(try entry(1, [1, 0.3]), now: 0)
        index.add(try entry(2, [1, 0.1]), now: 0)
        index.add(try entry(3, [1, 0.2], expires: 50), now: 0)
        index.add(try entry(4, [1, 0], space: 9), now: 0)
        let asked = try unit([1, 0])
        func found(_ least: Int, now: UInt64) -> [CacheKey] {
            index.find(asked, in: key(0), atLeast: least, now: now).map(\.entry.key)
        }
        #expect(found(90_000, now: 49) == [key(2), key(3), key(1)])
        #expect(found(90_000, now: 50) == [key(2), key(1)])
        #expect(found(99_000, now: 50) == [key(2)])
        // The same question again takes the place of the one before.
        index.add(try entry(2, [0, 1]), now: 50)
        #expect(found(90_000, now: 50) == [key(1)])
        #expect(index.count == 3, "what was over went when another came")
    }

    @Test func whatHadAHitOutlivesWhatHadNone() throws {
        let one = try entry(0).byteCount
        let index = VectorIndex(bytesMax: 4 * one)
        for number in 0..<4 { index.add(try entry(number, space: number), now: 0) }
        let asked = try unit([1, 0])
        index.served(try #require(index.find(asked, in: key(0), atLeast: 0, now: 0).first?.entry))
        for number in 4..<6 { index.add(try entry(number, space: number), now: 0) }
        #expect(index.count == 4 && index.evictions == 2 && index.bytes == 4 * one)
        let left = (0..<6).filter { !index.find(asked, in: key($0), atLeast: 0, now: 0).isEmpty }
        #expect(left == [0, 3, 4, 5])
    }

    @Test func aSpaceIsBoundedByItself() throws {
        let index = VectorIndex(bytesMax: 64 << 20)
        for number in 0..<VectorIndex.countPerSpaceMax + 10 { index.add(try entry(number), now: 0) }
        #expect(index.count == VectorIndex.countPerSpaceMax && index.evictions == 10)
        let asked = try unit([1, 0])
        let left = Set(index.find(asked, in: key(0), atLeast: 0, now: 0).map(\.entry.key))
        #expect(left == Set((10..<VectorIndex.countPerSpaceMax + 10).map(key)))
        // What had to go for want of room in its space is not held on to.
        for number in 0..<5_000 { index.add(try entry(number), now: 0) }
        #expect(index.count == VectorIndex.countPerSpaceMax)
        #expect(index.heldCount <= 64 + 2 * VectorIndex.countPerSpaceMax)
        let long = [1.0] + Array(repeating: 0, count: UnitVector.dimensionMax - 1)
        for number in 0..<200 { index.add(try entry(number, long, space: 1), now: 0) }
        let most = VectorIndex.bytesPerSpaceMax / (try entry(0, long).byteCount)
        #expect(index.count == VectorIndex.countPerSpaceMax + most)
    }

    /// By many threads at once, against nothing but its own sums.
    @Test func whateverIsDoneTheSumsAreRight() async throws {
        let index = VectorIndex(bytesMax: 20_000)
        await withTaskGroup(of: Void.self) { group in
            for seed in 0..<4 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: seed)
                    for step in 0..<2_000 as Range<UInt64> {
                        let space = Int.random(in: 0..<5, using: &generator)
                        let numbers = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                            Double.random(in: -1...1, using: &generator)
                        }
                        guard let vector = UnitVector(numbers + [1]) else { continue }
                        let found = index.find(vector, in: key(space), atLeast: 50_000, now: step)
                        if let first = found.first {
                            if Bool.random(using: &generator) {
                                index.served(first.entry)
                            } else {
                                index.remove(first.entry)
                            }
                        }
                        let number = Int.random(in: 0..<100, using: &generator)
                        index.add(
                            .init(vector, key(number), tally, in: key(space), expires: step + 300), now: step)
                        if step % 500 == 0 { index.purge { _ in step == 1_000 } }
                    }
                }
            }
        }
        #expect(index.bytes <= 20_000 && index.bytes > 0)
        index.purge { _ in true }
        #expect(index.bytes == 0 && index.count == 0)
    }

    @Test(arguments: [
        ("what is 17*4?", ["17*4"]), ("order (4711), please.", ["4711"]), ("a - b", ["-"]), ("a number of things", []),
        ("at 9:30, for $5.00", ["9:30", "$5.00"]), ("¼ cup & 二", ["¼", "二"]), ("x >= 2", [">=", "2"]),
        ("C# or F#", []), ("-5 °C", ["-5"]), ("is x+y more, or x-y?", ["x+y", "x-y"]), (".5 or 5.", [".5", "5"]),
        ("...and (well-known)", ["well-known"]),
    ])
    func numbersAndSignsAreWordsThatHaveToBeTheSame(text: String, literals: [String]) {
        #expect(SemanticQuestion.literals(text) == literals)
    }

    @Test(arguments: [
        ("Is it NOT safe?", ["not"]), ("is it safe", []), ("Don't stop", ["not"]), ("don\u{2019}t", ["not"]),
        ("do not stop", ["not"]), ("cannot/can't 5", ["cannot/can't", "5"]), ("cant, wont", ["not", "not"]),
        ("never say never", ["never", "never"]), ("tea (without sugar), no milk", ["without", "no"]),
        ("notable knots know nothing", ["nothing"]), ("neither…nor", ["neither", "nor"]),
        ("no 7 and not 8", ["no", "7", "not", "8"]), ("Innocent nonstop nowadays", []),
    ])
    func aNegationIsAWordThatHasToBeTheSame(text: String, literals: [String]) {
        #expect(SemanticQuestion.literals(text) == literals)
    }

    /// The same with and without it.
    @Test(arguments: [
        ("Ist das nicht erlaubt?", "Ist das erlaubt?"), ("Habe ich keinen Anspruch?", "Habe ich einen Anspruch?"),
        ("Ce n’est pas permis ?", "Est-ce permis ?"), ("un vol sans bagages", "un vol avec bagages"),
        ("¿No puedo pagar?", "¿Puedo pagar?"), ("sin gluten", "con gluten"), ("Não posso pagar?", "Posso pagar?"),
        ("Non posso pagare?", "Posso pagare?"), ("Mag ik niet betalen?", "Mag ik betalen?"),
        ("Kan jag inte betala?", "Kan jag betala?"), ("Kan jeg ikke betale?", "Kan jeg betale?"),
        ("Czy nie mogę zapłacić?", "Czy mogę zapłacić?"), ("Можно не платить?", "Можно платить?"),
        ("Чи не можна платити?", "Чи можна платити?"), ("Bu güvenli değil mi?", "Bu güvenli mi?"),
        ("هل هذا ليس آمنا؟", "هل هذا آمن؟"), ("האם זה לא בטוח?", "האם זה בטוח?"),
        ("क्या यह सुरक्षित नहीं है?", "क्या यह सुरक्षित है?"), ("Apakah ini tidak aman?", "Apakah ini aman?"),
        ("Điều này không an toàn?", "Điều này an toàn?"), ("这不安全吗？", "这安全吗？"), ("沒有糖", "有糖"),
        ("これは安全ではないですか", "これは安全ですか"), ("支払えません", "支払えます"), ("안전하지 않나요?", "안전한가요?"),
        ("돈이 없어요", "돈이 있어요"), ("ไม่ปลอดภัยหรือ", "ปลอดภัยหรือ"),
    ])
    func aNegationIsFoundInManyLanguages(negated: String, plain: String) {
        #expect(!SemanticQuestion.literals(negated).isEmpty)
        #expect(SemanticQuestion.literals(plain).filter { $0 != "Est-ce" } == [])
    }
}

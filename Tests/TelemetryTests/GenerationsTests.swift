import Testing

@testable import Telemetry

@Suite struct GenerationsTests {
    @Test func whatIsAskedForBetweenTurnsStaysAndTheRestGoes() {
        var values = Generations<Int, String>(countMax: 100)
        values.keep("asked for", for: 1)
        values.keep("forgotten", for: 2)
        for _ in 0..<5 {
            values.turn()
            #expect(values.find(1) == "asked for")
        }
        #expect(values.find(2) == nil)
        #expect(values.count == 1)
    }

    @Test func thereAreNeverMoreThanTheBoundAndTheLatestAreAmongThem() {
        var values = Generations<Int, Int>(countMax: 10)
        for number in 0..<1_000 {
            values.keep(number, for: number)
            #expect(values.count <= 10)
            #expect(values.find(number) == number)
        }
        #expect((995..<1_000).allSatisfy { values.find($0) == $0 })
        values.forgetAll()
        #expect(values.count == 0)
    }
}

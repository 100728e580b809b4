import Domain
import Support
import Testing

@Suite struct ULIDTests {
    @Test func everyIDThatIsMadeSurvivesSixteenBytesAndSortsAsItsText() throws {
        let clock = HandClock()
        let generator = IdentifierGenerator(clock: WallClock { clock.now }, random: SeededGenerator(seed: 1))
        var last: ULID?
        var lastBytes = [UInt8]()
        for number in 0..<2_000 {
            if number % 3 == 0 { clock.advance(milliseconds: 7) }
            let text = generator.next()
            let id = try #require(ULID(text))
            #expect(id.text == text)
            #expect(ULID(bytes: id.bytes) == id)
            #expect(id.milliseconds == clock.now.milliseconds)
            if last != nil { #expect(lastBytes.lexicographicallyPrecedes(id.bytes)) }
            last = id
            lastBytes = id.bytes
        }
    }

    @Test(arguments: [
        "", "o1", "01KG9MFMM000000000000000", "01KG9MFMM0000000000000000000", "81KG9MFMM00000000000000000",
        "01KG9MFMM0000000000000000U", "01kg9mfmm00000000000000000", "01KG9MFMM0000000000000000é",
        "\u{0}1KG9MFMM00000000000000000", "01KG9MFMM0000000000000000-",
    ])
    func whatIsNoULIDIsRefused(_ text: String) {
        #expect(ULID(text) == nil)
        #expect(ULID(bytes: Array(repeating: 0, count: text.utf8.count == 16 ? 15 : text.utf8.count)) == nil)
    }

    @Test func theEndsAreRead() {
        #expect(ULID("00000000000000000000000000")?.bytes == [UInt8](repeating: 0, count: 16))
        #expect(ULID("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")?.bytes == [UInt8](repeating: 255, count: 16))
    }
}

import Domain
import Support
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-01-31T09:05:00.250Z", 1_769_850_300_250),
        ("2026-01-31t10:05:00.25+01:00", 1_769_850_300_250), ("2026-01-31 09:05:00.250999999z", 1_769_850_300_250),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("2000-02-29T00:00:00-00:30", 951_784_200_000),
        ("1969-12-31T23:59:59.999Z", -1), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("1769850300250", 1_769_850_300_250),
    ])
    func momentsAreRead(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(parsing: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026-", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+24:00", "1900-02-29T00:00:00Z",
        "2026-01-01T00:00:00Zx", "+5", "99999999999999999", "2026-01-01T00:00:00.1234567890Z", "２０２６-01-01T00:00:00Z",
        "-9223372036854775808", "-253402300799999", "-62167219200001", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ])
    func whatIsNoMomentIsRefused(_ text: String) {
        #expect(Timestamp(parsing: text) == nil)
    }

    @Test func whatIsWrittenIsReadBack() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let moment = Timestamp(
                milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator))
            #expect(Timestamp(parsing: moment.text) == moment)
        }
    }

    @Test func identifiersIncreaseWithinAMillisecondAndWhenTheClockGoesBack() {
        let hand = HandClock()
        let generator = IdentifierGenerator(clock: WallClock { hand.now }, random: SeededGenerator(seed: 5))
        var last = ""
        for step in 0..<20_000 {
            if step % 1_000 == 999 { hand.advance(milliseconds: step % 2_000 == 999 ? -3 : 5) }
            let next = generator.next()
            #expect(next.utf8.count == 26)
            #expect(next > last)
            last = next
        }
    }

    @Test func anIdentifierBeginsWithItsMillisecond() {
        let clock = WallClock { Timestamp(milliseconds: 1_469_918_176_385) }
        let id = IdentifierGenerator(clock: clock, random: SeededGenerator(seed: 1)).next()
        // The example of the ULID specification.
        #expect(id.hasPrefix("01ARYZ6S41"))
        #expect(id.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) })
    }

    @Test(arguments: ["a", "0", "a.b_c-d", String(repeating: "a", count: 128)])
    func namesThatMayBeGiven(_ name: String) {
        #expect(ResourceName.isValid(name))
    }

    @Test(arguments: [
        "", "-a", ".a", "_a", "A", "a b", "a/b", "ä", "a\u{0}", String(repeating: "a", count: 129), "a\n", "a%2fb",
    ])
    func namesThatMayNot(_ name: String) {
        #expect(!ResourceName.isValid(name))
    }

    @Test func foldersAreNamesBetweenSlashes() {
        #expect(ResourceName.isValidWithFolders("a/b/c"))
        for name in ["/a", "a/", "a//b", "a/../b", "a/-b", ""] { #expect(!ResourceName.isValidWithFolders(name)) }
    }

    @Test func referencesTellVersionsFromPointers() {
        #expect(Reference(parsing: "m@7") == Reference(name: "m", target: .version(7)))
        #expect(Reference(parsing: "m@champion") == Reference(name: "m", target: .pointer("champion")))
        #expect(Reference(parsing: "a/b@7", allowingFolders: true)?.text == "a/b@7")
        for text in ["m", "m@", "@7", "m@0", "m@07", "m@-1", "a/b@7", "m@7@", "M@7", "m@99999999999999999999"] {
            #expect(Reference(parsing: text) == nil, "\(text)")
        }
    }

    @Test func aSecretNeverShowsItself() {
        let secret = Secret("sk-canary")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!text.contains("canary"))
        }
    }
}

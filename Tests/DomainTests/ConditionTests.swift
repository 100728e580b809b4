import Support
import Testing

@testable import Domain

@Suite struct ConditionTests {
    struct Facts: ConditionFacts {
        var values: [ConditionFact: ConditionValue] = [
            .header("x-tier"): .string("gold"), .metadata("plan"): .string("team"), .metadata("seats"): .number(12),
            .metadata("beta"): .bool(true), .slice("language"): .string("zh"), .keyName: .string("ci"),
            .keyID: .string("k1"), .unit: .string("user-7"), .surface: .string("chat/completions"),
            .stream: .bool(false), .bytes: .number(20_001), .hour: .number(23), .minute: .number(5),
            .weekday: .number(6),
        ]

        func value(of fact: ConditionFact) -> ConditionValue { values[fact] ?? .absent }
    }

    @Test(arguments: [
        #"slice.language == "zh""#, #"slice["language"] == 'zh'"#, #"slice.language != "de" && bytes > 20000"#,
        #"header["X-Tier"] == "gold""#, #"header["x-tier"] in ["silver", "gold"]"#, "metadata.seats >= 12",
        "metadata.seats == 12.0", "metadata.beta == true", "!stream", "stream == false",
        "time.hour >= 22 || time.hour < 6",
        "time.weekday in [6, 7]", #"surface.startsWith("chat/")"#, #"key.name == "ci" && key.id == "k1""#,
        #"unit.matches("^user-[0-9]+$")"#, #"unit.endsWith("-7")"#, #"unit.contains("r-")"#, "has(metadata.plan)",
        "!has(metadata.team)", "-1 < bytes", "(false || true) && !(false)", #""a\n\u00e9\"" == 'a\né"'"#,
        // What is absent equals nothing, and is neither less nor greater.
        #"slice.country != "de""#, #"!(slice.country == "de")"#, "!(metadata.age > 3) && !(metadata.age <= 3)",
        #"!(slice.country in ["", "de"])"#, #"!slice.country.startsWith("")"#,
        // Values of two kinds are unequal, and not in an order.
        #"metadata.plan != 3"#, #"!(metadata.plan > 3)"#,
        // && binds tighter than ||.
        "true || false && false", "!(true && false || false)",
    ])
    func holds(_ text: String) throws {
        var work = Condition.workMax
        #expect(try Condition(parsing: text).holds(Facts(), work: &work) == true)
        #expect(try Condition(parsing: "!(\(text))").holds(Facts(), work: &work) == false)
    }

    @Test(arguments: [
        ("", 0, "needed"), ("bytes", 0, "compare it"), ("stream &&", 9, "ends where"),
        ("true true", 5, "after its end"),
        ("plan == 'x'", 0, "knows no plan"), ("key.role == 'x'", 0, "key.role"), ("key == 'x'", 4, "member after key"),
        ("metadata == 'x'", 9, "member"), ("bytes == 'x'", 6, "a number with a string"),
        ("unit > true", 5, "a string with a condition"), ("stream > true", 7, "greater"),
        ("time.hour in ['x']", 14, "among"), ("time.hour in [stream]", 14, "in the list"), ("unit in []", 9, "needed"),
        ("unit = 'x'", 5, "=="), ("stream & stream", 7, "&&"), ("unit == 'x", 8, "without an end"),
        (#"unit == "\q""#, 9, "escape"), (#"unit == "\ud800""#, 9, "no character"),
        (#"unit == "\u+041""#, 9, "no character"), ("bytes > 1e9", 8, "number"),
        ("unit.matches('(')", 13, "pattern"), ("unit.like('x')", 5, "startsWith"), ("bytes.contains('x')", 6, "asks"),
        ("has(3)", 4, "needs a fact"), ("!bytes", 1, "compare it"), ("true && bytes", 8, "compare it"),
        ("header['Authorization'] == 'x'", 0, "must not look at authorization"),
        ("header['x-api-key'].startsWith('s')", 0, "must not"), ("stream # note", 7, "means nothing"),
    ])
    func faultsTellWhere(_ text: String, _ offset: Int, _ reason: String) {
        let fault = #expect(throws: ConditionError.self) { try Condition(parsing: text) }
        #expect(fault?.offset == offset, "\(String(describing: fault))")
        #expect(fault?.reason.contains(reason) == true, "\(String(describing: fault))")
    }

    /// A caller's long text takes no loop's time: what it would take to look at all of it is not known, and said so.
    @Test func whatIsTooMuchWorkIsNeitherTrueNorFalse() throws {
        var facts = Facts()
        facts.values[.metadata("plan")] = .string(String(repeating: "a", count: 600_000))
        for (text, expected) in [
            ("metadata.plan.matches('(a|b|ab)*c$')", nil), ("!metadata.plan.matches('(a|b|ab)*c$')", nil),
            ("metadata.plan.contains('b') || metadata.plan.contains('c')", nil),
            ("metadata.plan.matches('(a|b|ab)*c$') && stream", false),
            ("metadata.plan.matches('(a|b|ab)*c$') || !stream", true), ("metadata.plan.startsWith('aa')", true),
        ] as [(String, Bool?)] {
            var work = Condition.workMax
            #expect(try Condition(parsing: text).holds(facts, work: &work) == expected, "\(text)")
        }
    }

    @Test func textsAreComparedByTheirBytes() throws {
        var facts = Facts()
        facts.values[.slice("language")] = .string("de\u{301}")
        for (text, expected) in [
            ("slice.language == 'd\u{e9}'", false), ("slice.language in ['d\u{e9}']", false),
            ("slice.language.startsWith('de')", true), ("slice.language > 'dd'", true),
        ] {
            var work = Condition.workMax
            #expect(try Condition(parsing: text).holds(facts, work: &work) == expected, "\(text)")
        }
    }

    @Test func hostileLengthsAreRefusedAndNeverOverflowTheStack() {
        for text in [
            String(repeating: "(", count: 2_000) + "true", String(repeating: "!", count: 2_000) + "true",
            "unit in [" + (0..<300).map { "'\($0)'" }.joined(separator: ",") + "]",
            "unit == '" + String(repeating: "x", count: 2_048) + "'",
        ] {
            #expect(throws: ConditionError.self) { try Condition(parsing: text) }
        }
        let wide = Array(repeating: "stream", count: 200).joined(separator: "||")
        #expect(throws: Never.self) { try Condition(parsing: wide) }
    }

    /// Whatever is cut out of a condition or put into it is read or refused, and nothing else.
    @Test func damagedConditionsAreReadOrRefused() throws {
        var generator = SeededGenerator(seed: 7)
        let base = Array(
            #"slice.language == "zh" && (header["x"] in ["a", 'b'] || !has(metadata.p)) && bytes>=-1.5"#.utf8)
        for _ in 0..<3_000 {
            var bytes = base
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
                default: bytes.insert(bytes.randomElement(using: &generator) ?? 0x20, at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(ConditionError) {
                var work = Condition.workMax
                _ = try Condition(parsing: text).holds(Facts(), work: &work)
            } catch {
                #expect((0...text.utf8.count).contains(error.offset) && !error.reason.isEmpty)
            }
        }
    }
}

import JSON
import Testing

struct LinearPatternTests {
    @Test(arguments: [
        ("", "", true), ("", "abc", true), ("b", "abc", true), ("^b", "abc", false), ("^abc$", "abc", true),
        ("^a$", "a\n", false), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("(?m)^b$", "a\nb\nc", true),
        ("^(a|bc)*$", "abcbca", true), ("^(a|bc)*$", "abcb", false), ("^(?:)$", "", true), ("^(|a)+$", "aa", true),
        ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false), ("^a{2}$", "aa", true),
        ("^a{2,}$", "aaaaa", true), ("^a{,2}$", "a{,2}", true), ("^a{0}$", "", true), ("^x{1,5000}$", "xxxxx", true),
        ("^a*?b+?c??$", "aabb", true), (#"^\d{3}-\d{4}$"#, "555-1234", true), (#"^\d$"#, "٣", false),
        (#"^\w+$"#, "aZ_09", true), (#"^\w$"#, "é", false), (#"^\S+\s\S+$"#, "a\u{FEFF}b", true),
        (#"^\W\D$"#, "-x", true), ("^[a-c-]+$", "a-c", true), ("^[^a-c]$", "d", true), ("^[^a-c]$", "b", false),
        (#"^[\d\-x\]]+$"#, "1-x]", true), (#"^[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}$"#, "me.too@example.org", true),
        (#"^[\b]$"#, "\u{8}", true), ("^[]$", "x", false), ("^[^]$", "\n", true),
        (#"^\p{L}\p{Lu}\p{Nd}$"#, "éÉ٣", true),
        (#"^\p{Letter}+$"#, "日本", true), (#"^\P{L}$"#, "1", true), (#"^[\p{gc=Lu}\P{Letter}]+$"#, "A1B", true),
        (#"^\p{Emoji_Presentation}$"#, "😀", true), ("^.$", "😀", true), (#"^\u{1F600}\uD83D\uDE00$"#, "😀😀", true),
        (#"^\x41\u0042\cJ\0\t$"#, "AB\n\0\t", true), (#"\bfoo\b"#, "a foo.", true), (#"\bfoo\b"#, "afoo", false),
        (#"\Boo"#, "foo", true), ("(?i)^ÄB$", "äb", true), ("^(?i:a)b$", "Ab", true), ("^(?i:a)b$", "AB", false),
        ("^(?i:a(?-i:b))$", "AB", false), ("(?i)^[^a]$", "A", false), ("^(?<year>[0-9]{4})$", "2024", true),
        ("^a{2,3}$", "aa", true), ("^a{2,3}$", "aaaa", false), ("a|bc|d", "xbcx", true), ("^(?:a|b)*c$", "ababc", true),
        ("^(a|b)+?$", "", false), ("[^a-c]", "abc", false), ("[\\d-]+$", "1-2", true), ("^\\w+$", "é", false),
        ("^\\S+$", "a\u{A0}", false), ("\\bfoo\\b", "a foo b", true), ("\\bfoo\\b", "afoo", false), (".", "\n", false),
        ("^.$", "😀", true), ("^\\u{1F600}$", "😀", true), ("^\\ud83d\\ude00$", "😀", true), ("\\x41\\cJ", "A\n", true),
        ("^(?=.*\\d)(?=.*[a-z]).{4,}$", "ab1c", true), ("^(?=.*\\d).{4,}$", "abcd", false), ("^(?!no)", "nope", false),
        ("^\\p{Lu}\\P{Lu}$", "Éa", true), ("^[\\p{L}\\d_]+$", "ä1_", true), ("^(a*)*$", "aaab", false), ("", "", true),
        ("^(a?){3}b?$", "aab", true), ("x{0}y", "y", true), ("a$b", "ab", false), ("[]", "a", false),
        ("[^]", "a", true),
        ("^(|a)$", "a", true), ("^(?<year>\\d{4})-", "2026-", true), ("[\\W]", "a", false), ("[a\\]b]+$", "]", true),
        ("}]", "}]", true), ("a{b", "a{b", true), (#"^\/\.\*\-\"$"#, "/.*-\"", true), ("e\u{301}", "é", false),
    ])
    func patternMatchesAsECMAScriptDoes(pattern: String, text: String, matches: Bool) throws {
        #expect(try LinearPattern(pattern).matches(text) == matches, "\(pattern) on \(text)")
    }

    @Test(arguments: [
        (#"^(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}$"#, "passw0rds", true),
        (#"^(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}$"#, "passwords", false),
        (#"^(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}$"#, "pass w0rds", false),
        ("(?<=\\$)\\d+$", "cost $42", true), ("(?<=\\$)\\d+$", "cost €42", false), ("^(?<!a)b|(?<!a)c", "ac", false),
        ("(?<=a.*)b$", "xaxxb", true), ("(?<=ab|cd)e", "cde", true), ("a(?=b(?!c))", "abc abd", true),
        ("a(?=b(?!c))", "abc", false), ("^(?:(?=ab)a|b)+$", "abab", true), ("^(?:(?=ab)a|b)+$", "aab", false),
        ("x(?=(?<=x)y)", "xy", true), ("(?!)", "a", false), ("^(?=$)", "", true), ("(?<=^a)b", "ab", true),
    ])
    func lookAroundHolds(pattern: String, text: String, matches: Bool) throws {
        #expect(try LinearPattern(pattern).matches(text) == matches, "\(pattern) on \(text)")
    }

    @Test(arguments: [
        "(", ")", "a)", "(a", "[a", "[z-a]", "[\\d-x]", "a**", "*a", "^*", "(?=a)*", "{2}", "a{3,2}", "a{99999}", "\\",
        "\\q",
        "\\1", "(a)\\1", "\\k<a>", "(?<>a)", "(?P<a>b)", "(?#x)", "\\p{Script=Greek}", "\\p{Nope}", "\\pL",
        "\\u{110000}",
        "\\uD800", "\\x4", "\\01", "\\c1", "((a{1000}){1000}){1000}", "(){9999}{2}", "(((){9999}){9999}){9999}",
    ])
    func faultyPatternIsRefused(_ pattern: String) {
        #expect(throws: LinearPatternError.self, "\(pattern)") { try LinearPattern(pattern) }
    }

    @Test func deepNestingIsAFaultAndNoCrash() {
        let deep = String(repeating: "(", count: 100_000)
        #expect(throws: LinearPatternError.self) { try LinearPattern(deep) }
        #expect(throws: LinearPatternError.self) { try LinearPattern(deep + String(repeating: ")", count: 100_000)) }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){12}$", "(a*)*b", "^((a*)*)*c", "^(?=(a+)+$)(?!(a|a)*$)x",
        ])
    func patternThatRuinsBacktrackersTakesTimeInProportion(_ pattern: String) throws {
        let text = String(repeating: "a", count: 3000) + "!"
        #expect(try LinearPattern(pattern).matches(text) == false)
    }

    @Test func textAndPatternTooLargeTogetherAreGivenUp() throws {
        let pattern = try LinearPattern("[ab]{4000}c")
        #expect(pattern.matches(String(repeating: "ab", count: 50_000), workMax: 1_000_000) == nil)
        #expect(pattern.matches("ab", workMax: 1) == nil)
    }

    /// Against a matcher so plain that it cannot be wrong: sets of ends, straight from the grammar.
    @Test func randomPatternsMatchWhatTheirGrammarSays() throws {
        var random = RandomJSON(seed: 77)
        for _ in 0..<3000 {
            let pattern = RandomPattern.make(&random, depth: 0)
            let compiled = try LinearPattern("^(?:\(pattern.text))$")
            for _ in 0..<6 {
                let text = (0..<random.below(7)).map { _ in Array("abc")[random.below(3)] }
                let expected = pattern.ends(text, 0).contains(text.count)
                #expect(compiled.matches(String(text)) == expected, "\(pattern.text) on \(String(text))")
            }
        }
    }
}

private indirect enum RandomPattern {
    case letter(Character)
    case any
    case both(RandomPattern, RandomPattern)
    case either(RandomPattern, RandomPattern)
    case times(RandomPattern, Int, Int?)
    case look(RandomPattern, negated: Bool)

    static func make(_ random: inout RandomJSON, depth: Int) -> RandomPattern {
        switch random.below(depth > 3 ? 3 : 9) {
        case 0, 1: return .letter(Array("abc")[random.below(3)])
        case 2: return .any
        case 3, 4: return .both(make(&random, depth: depth + 1), make(&random, depth: depth + 1))
        case 5: return .either(make(&random, depth: depth + 1), make(&random, depth: depth + 1))
        case 6, 7:
            let least = random.below(3)
            return .times(make(&random, depth: depth + 1), least, random.below(2) == 0 ? nil : least + random.below(3))
        default: return .look(make(&random, depth: depth + 1), negated: random.below(2) == 0)
        }
    }

    var text: String {
        switch self {
        case .letter(let letter): "\(letter)"
        case .any: "."
        case .both(let first, let second): first.text + second.text
        case .either(let first, let second): "(?:\(first.text)|\(second.text))"
        case .times(let body, let least, let most): "(?:\(body.text)){\(least),\(most.map(String.init) ?? "")}"
        case .look(let body, let negated): "(?\(negated ? "!" : "=")\(body.text))"
        }
    }

    func ends(_ text: [Character], _ start: Int) -> Set<Int> {
        switch self {
        case .letter(let letter): return start < text.count && text[start] == letter ? [start + 1] : []
        case .any: return start < text.count ? [start + 1] : []
        case .both(let first, let second):
            return first.ends(text, start).reduce(into: []) { $0.formUnion(second.ends(text, $1)) }
        case .either(let first, let second): return first.ends(text, start).union(second.ends(text, start))
        case .look(let body, let negated): return body.ends(text, start).isEmpty == negated ? [start] : []
        case .times(let body, let least, let most):
            var result: Set<Int> = least == 0 ? [start] : []
            var reached: Set<Int> = [start]
            let rounds = most ?? least + text.count + 1
            for round in 0..<rounds {
                reached = reached.reduce(into: []) { $0.formUnion(body.ends(text, $1)) }
                if round + 1 >= least { result.formUnion(reached) }
            }
            return result
        }
    }
}

import JSON
import Testing

struct LinearPatternTests {
    @Test(arguments: [
        ("^a{2,3}$", "aa", true), ("^a{2,3}$", "aaaa", false), ("a|bc|d", "xbcx", true), ("^(?:a|b)*c$", "ababc", true),
        ("^(a|b)+?$", "", false), ("[^a-c]", "abc", false), ("[\\d-]+$", "1-2", true), ("^\\w+$", "é", false),
        ("^\\S+$", "a\u{A0}", false), ("\\bfoo\\b", "a foo b", true), ("\\bfoo\\b", "afoo", false), (".", "\n", false),
        ("^.$", "😀", true), ("^\\u{1F600}$", "😀", true), ("^\\ud83d\\ude00$", "😀", true), ("\\x41\\cJ", "A\n", true),
        ("^(?=.*\\d)(?=.*[a-z]).{4,}$", "ab1c", true), ("^(?=.*\\d).{4,}$", "abcd", false), ("^(?!no)", "nope", false),
        ("^\\p{Lu}\\P{Lu}$", "Éa", true), ("^[\\p{L}\\d_]+$", "ä1_", true), ("^(a*)*$", "aaab", false), ("", "", true),
        ("^(a?){3}b?$", "aab", true), ("x{0}y", "y", true), ("a$b", "ab", false), ("[]", "a", false),
        ("[^]", "a", true),
        ("^(|a)$", "a", true), ("^(?<year>\\d{4})-", "2026-", true), ("[\\W]", "a", false), ("[a\\]b]+$", "]", true),
    ])
    func patternFindsWhatECMAScriptFinds(pattern: String, text: String, expected: Bool) throws {
        #expect(try LinearPattern(pattern).matches(text) == expected)
    }

    @Test(arguments: [
        "(", ")", "[a", "a**", "*", "a{2,1}", "\\", "(?<=a)b", "(a)\\1", "\\p{Nope}", "[b-a]", "a{99999}",
        "((a{99}){99}){99}", "\\q", "{",
    ])
    func unusablePatternIsAnError(_ pattern: String) {
        #expect(throws: LinearPatternError.self) { try LinearPattern(pattern) }
    }

    @Test func nestingIsAnErrorAndNeverACrash() {
        #expect(throws: LinearPatternError.self) { try LinearPattern(String(repeating: "(", count: 100_000)) }
    }

    /// Patterns that take a backtracking engine longer than anyone waits.
    @Test func catastrophicPatternsTakeLinearTime() throws {
        let text = String(repeating: "a", count: 5000) + "!"
        for pattern in ["^(a+)+$", "^(a|aa)+$", "^(a*)*b", "^(.*a){10}$"] {
            #expect(try LinearPattern(pattern).matches(text) == false, "\(pattern)")
        }
        #expect(try LinearPattern("(?=(a*)*b)c").matches(text, workMax: 1000) == nil)
    }
}

import JSON
import Testing

@testable import Monitor

@Suite struct ScorerTests {
    private func passed(_ configuration: JSONValue, _ answer: String?, _ expected: JSONValue = nil) throws -> Bool? {
        try Scorer(configuration).score(answer, expected: expected).passed
    }

    @Test func exactTrimsButKeepsCaseUnlessToldOtherwise() throws {
        #expect(try passed(["kind": "exact"], " Paris\n", "Paris") == true)
        #expect(try passed(["kind": "exact"], "paris", "Paris") == false)
        #expect(try passed(["kind": "exact", "ignore_case": true], "PARIS", "paris") == true)
        #expect(try passed(["kind": "exact", "trim": false], "Paris\n", "Paris") == false)
        #expect(try passed(["kind": "exact"], "42", 42) == true)
        #expect(try passed(["kind": "exact"], "true", true) == true)
        #expect(try passed(["kind": "exact"], "", "") == true)
        // Composed and decomposed.
        #expect(try passed(["kind": "exact"], "caf\u{E9}", "cafe\u{301}") == true)
    }

    @Test func anyOfSeveralExpectedTextsWillDo() throws {
        #expect(try passed(["kind": "exact"], "NYC", ["New York", "NYC"]) == true)
        #expect(try passed(["kind": "contains"], "It is NYC.", ["New York", "NYC"]) == true)
        #expect(try passed(["kind": "exact"], "LA", ["New York", "NYC"]) == false)
    }

    @Test(arguments: ["exact", "contains", "numeric", "f1"])
    func whatTheDatasetDoesNotSayIsNoWrongAnswer(_ kind: String) throws {
        #expect(try passed(["kind": .string(kind)], "x", nil) == nil)
        #expect(try passed(["kind": .string(kind)], "x", ["a": 1]) == nil)
    }

    @Test(arguments: ["exact", "contains", "numeric", "f1", "json_equal"])
    func anAnswerWithoutTextIsWrong(_ kind: String) throws {
        #expect(try passed(["kind": .string(kind)], nil, "1") == false)
    }

    @Test func containsFindsAPartAndRefusesToMeasureNothing() throws {
        #expect(try passed(["kind": "contains"], "The capital is Paris.", "Paris") == true)
        #expect(try passed(["kind": "contains"], "The capital is Paris.", "paris") == false)
        #expect(try passed(["kind": "contains", "ignore_case": true], "STRASSE", "strasse") == true)
        #expect(try passed(["kind": "contains"], "anything", "") == nil)
    }

    @Test func aPatternIsSearchedAnywhereAndNeverCatastrophic() throws {
        #expect(try passed(["kind": "regex", "pattern": "^yes\\b"], "yes, it is") == true)
        #expect(try passed(["kind": "regex", "pattern": "(?i)YES"], "oh yes") == true)
        #expect(try passed(["kind": "regex", "pattern": "^yes$"], "yes, it is") == false)
        let long = String(repeating: "a", count: 20_000) + "b"
        #expect(try passed(["kind": "regex", "pattern": "^(a+)+$"], long) == false)
        #expect(throws: LinearPatternError.self) { try Scorer(["kind": "regex", "pattern": "(a"]) }
    }

    @Test(arguments: [
        ("3 + 4 = 7, so the answer is 42.", 42), ("about 1,234.5 apples", 1_234.5), ("-3", -3),
        ("it fell to \u{2212}2", -2),
        ("5-3", 3), ("6.02e23", 6.02e23), ("1e-3 m", 0.001), ("$1,000,000.", 1_000_000), ("-$5", -5), (".5", 0.5),
        ("1,2,3", 3), ("12,34", 34), ("50%", 50), ("the 4th", 4), ("42 of H2O", 42), ("答案是42", 42), ("(7)", 7),
        ("1.2.3", 1.2), ("x=-8", -8),
    ])
    func theLastNumberOfTheAnswerCounts(_ answer: String, _ value: Double) throws {
        #expect(NumberScan.lastNumber(in: answer) == value)
    }

    @Test(arguments: ["", "none", "H2O", "-", "1e999", "e5", "..", "٣"])
    func textWithoutANumberHasNone(_ answer: String) {
        #expect(NumberScan.lastNumber(in: answer) == nil)
    }

    @Test func theBoundOfTheToleranceIsWithin() throws {
        #expect(try passed(["kind": "numeric"], "So 42.0", 42) == true)
        #expect(try passed(["kind": "numeric"], "42.0001", 42) == false)
        #expect(try passed(["kind": "numeric", "tolerance": 0.05], "3.15", 3.1) == true)
        #expect(try passed(["kind": "numeric", "tolerance": 0.05], "3.05", "about 3.1") == true)
        #expect(try passed(["kind": "numeric", "tolerance": 0.05], "3.1501", 3.1) == false)
        #expect(try passed(["kind": "numeric"], "no idea", 42) == false)
    }

    @Test func jsonIsComparedByValueAndHeldToASchema() throws {
        #expect(try passed(["kind": "json_equal"], " {\"b\":1.0,\"a\":[null]} ", ["a": [nil], "b": 1]) == true)
        #expect(try passed(["kind": "json_equal"], "{\"a\":[1,2]}", ["a": [2, 1]]) == false)
        #expect(try passed(["kind": "json_equal"], "```json\n{}\n```", [:]) == false)
        #expect(try passed(["kind": "json_equal"], "null", nil) == true)
        let schema: JSONValue = ["type": "object", "required": ["city"], "properties": ["city": ["type": "string"]]]
        let scorer = try Scorer(["kind": "json_schema", "schema": schema])
        #expect(scorer.score("{\"city\":\"Paris\"}", expected: nil).passed == true)
        let wrong = scorer.score("{\"city\":7}", expected: nil)
        #expect(wrong.passed == false)
        #expect(wrong.reason?.hasPrefix("/city") == true)
        #expect(scorer.score("{\"city\":", expected: nil).passed == false)
        #expect(throws: JSONSchemaError.self) { try Scorer(["kind": "json_schema", "schema": ["type": 7]]) }
    }

    @Test func sharedWordsAreMeasuredAsSQuADDoes() throws {
        #expect(TokenOverlap.tokens("The U.S. don't - a \u{201C}Test\u{201D}!") == ["us", "dont", "test"])
        #expect(TokenOverlap.f1(["a", "b"], ["b", "c"]) == 0.5)
        // Repeated words count as often as they are expected.
        #expect(TokenOverlap.f1(["b", "b", "b", "b"], ["b"]) == 0.4)
        #expect(TokenOverlap.f1([], []) == 1)
        #expect(TokenOverlap.f1([], ["x"]) == 0)
        let score = try Scorer(["kind": "f1", "threshold": 0.8]).score(
            "Denver Broncos", expected: "the Denver Broncos!")
        #expect(score == Score(value: 1, passed: true, reason: nil))
        let partly = try Scorer(["kind": "f1"]).score("Denver or so I am told", expected: ["Denver Broncos", "x"])
        #expect(partly.passed == false)
        #expect(partly.value == 0.25)
    }
}

import Testing

@testable import JSON

/// Values at paths, found in one pass over a text that is checked with it.
@Suite struct PathScanTests {
    private static let plan = PathPlan([
        ["usage"], ["usage", "in"], ["choices", "0", "reason"], ["choices", "0", "message", "content"], ["error"],
        ["choices"],
    ])

    private func texts(_ text: String) throws -> [String?] {
        let bytes = Array(text.utf8)
        let scan = try PathScan(bytes, Self.plan)
        return (0..<6).map { scan[$0].map { String(decoding: bytes[$0.value], as: UTF8.self) } }
    }

    @Test func valuesAreFoundWhereverTheyStand() throws {
        let found = try texts(
            #" {"id":[{"usage":1}],"choices":[ {"index":0,"message":{"role":"a","content":"hi"},"reason":null},"#
                + #"{"reason":2}],"usage":{"in":7,"x":{"in":8}}} "#
        )
        #expect(
            found == [
                #"{"in":7,"x":{"in":8}}"#, "7", "null", #""hi""#, nil,
                #"[ {"index":0,"message":{"role":"a","content":"hi"},"reason":null},{"reason":2}]"#,
            ])
    }

    @Test(arguments: [
        (#"{"usage":null,"choices":[]}"#, ["null", nil, nil, nil, nil, "[]"]),
        (
            #"{"usage":[{"in":1}],"choices":{"0":{"reason":1}}}"#,
            ["[{\"in\":1}]", nil, nil, nil, nil, #"{"0":{"reason":1}}"#]
        ),
        (#"{"\u0075sage":{"i\u006e":3}}"#, [#"{"i\u006e":3}"#, "3", nil, nil, nil, nil]),
        ("{}", [nil, nil, nil, nil, nil, nil]),
    ])
    func valuesOfAnotherShapeAreNotMistaken(text: String, expected: [String?]) throws {
        #expect(try texts(text) == expected)
    }

    @Test func lastOfTwoHoldsWithAllThatIsBelow() throws {
        let found = try texts(#"{"usage":{"in":1},"usage":{"out":2},"choices":[{"reason":"a"}],"choices":[]}"#)
        #expect(found == [#"{"out":2}"#, nil, nil, nil, nil, "[]"])
    }

    @Test(arguments: [
        "", "[]", "{", #"{"usage":}"#, #"{"usage":{"in":1}"#, #"{"choices":[{}}"#, #"{"choices":[{},]}"#, "{}x",
        #"{"a":1,}"#,
        #"{"choices":[1 2]}"#, #"{"usage":{"in" 1}}"#, #"{"usage":{"\q":1}}"#,
    ])
    func whatIsNoObjectIsRefused(text: String) {
        #expect(throws: JSONError.self) { try PathScan(Array(text.utf8), Self.plan) }
    }

    @Test func depthIsBoundedWhereThePlanLeadsAndElsewhere() throws {
        let deep = #"{"usage":{"in":[[[1]]]}}"#
        #expect(throws: JSONError.self) { try PathScan(Array(deep.utf8), Self.plan, depthMax: 4) }
        #expect(throws: Never.self) { try PathScan(Array(deep.utf8), Self.plan, depthMax: 5) }
        #expect(throws: JSONError.self) { try PathScan(Array(#"{"usage":{}}"#.utf8), Self.plan, depthMax: 1) }
        let abyss = #"{"x":"# + String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try PathScan(Array(abyss.utf8), Self.plan) }
    }
}

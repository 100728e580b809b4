import Testing

@testable import JSON

@Suite struct CanonicalTextTests {
    private static func canonical(_ text: String, leavingOut: [StaticString] = []) throws -> String {
        try canonical(Array(text.utf8), leavingOut: leavingOut)
    }

    private static func canonical(_ bytes: [UInt8], leavingOut: [StaticString] = []) throws -> String {
        var output: [UInt8] = []
        try CanonicalText.append(bytes, leavingOut: leavingOut, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: [
        (#" { "b" : 1 , "a" : [ true , null , { } , [ ] ] } "#, #"{"a":[true,null,{},[]],"b":1}"#),
        (#"{"\u0062":"\u0041\/","a":"\ud83d\ude00"}"#, #"{"a":"😀","b":"A/"}"#),
        (#"{"a":"\u000A\t\u0001\\\""}"#, #"{"a":"\n\t\u0001\\\""}"#),
        // Within a value the order of members may say something: that of a schema's properties does.
        (#"{"b":{"z":1,"y":[{"d":0,"c":0}]},"a":0}"#, #"{"a":0,"b":{"z":1,"y":[{"d":0,"c":0}]}}"#),
        // A key that begins another stands before it; byte order, not that of any language.
        (#"{"ab":1,"a":2,"é":3,"Z":4}"#, #"{"Z":4,"a":2,"ab":1,"é":3}"#),
        // Which of two holds is for the reader to say, so their order stays.
        (#"{"a":2,"b":0,"a":1}"#, #"{"a":2,"a":1,"b":0}"#),
        // The same letter composed and not is two texts.
        (#"{"a":"\u00e9","b":"e\u0301"}"#, "{\"a\":\"\u{e9}\",\"b\":\"e\u{301}\"}"),
    ])
    func whatSaysTheSameIsTheSame(text: String, expected: String) throws {
        let found = try Self.canonical(text)
        #expect(Array(found.utf8) == Array(expected.utf8))
    }

    /// Who reads them may tell any two apart, or not: it is not for us to say.
    @Test(arguments: [
        "0", "-0", "1.0", "1e2", "100", "9007199254740993", "9007199254740993.0", "1E+99999999999999999999",
    ])
    func numbersStayAsTheyAreSpelled(number: String) throws {
        for text in [#"{"n":\#(number)}"#, #"{"n":{"m":[\#(number)]}}"#] {
            #expect(try Self.canonical(text) == text)
        }
    }

    @Test func membersOfTheObjectItselfAreLeftOutHoweverTheyAreSpelled() throws {
        let text = #"{"user":{"a":[1]},"\u0075ser2":0,"b":{"user":1},"\u0073tream":true}"#
        #expect(try Self.canonical(text, leavingOut: ["user", "stream"]) == #"{"b":{"user":1},"user2":0}"#)
        #expect(try Self.canonical(#"{"user":1}"#, leavingOut: ["user"]) == "{}")
        #expect(throws: JSONError.self) { try Self.canonical(#"{"user":[}"#, leavingOut: ["user"]) }
    }

    @Test(arguments: [
        "", "[]", "1", "{", #"{"a":1"#, #"{"a":1}x"#, #"{"a":01}"#, #"{"a":"\ud800"}"#, "{\"a\":\"\u{1}\"}",
    ])
    func whatIsNoObjectHasNoForm(text: String) {
        #expect(throws: JSONError.self) { try Self.canonical(text) }
    }

    @Test func tooManyMembersHaveNoForm() throws {
        func object(_ count: Int) -> String {
            "{" + (0..<count).map { #""\#(count - $0)":0"# }.joined(separator: ",") + "}"
        }
        #expect(try Self.canonical(object(CanonicalText.membersMax)).hasPrefix(#"{"1":0,"10":0,"100":0"#))
        #expect(throws: JSONError.self) { try Self.canonical(object(CanonicalText.membersMax + 1)) }
        // What is not sorted may be as wide as it likes.
        let within = #"{"a":\#(object(CanonicalText.membersMax + 1))}"#
        #expect(try Self.canonical(within) == within)
    }

    @Test func depthIsBoundedAsEverywhere() throws {
        let deep = String(repeating: #"{"b":0,"a":"#, count: 500) + "0" + String(repeating: "}", count: 500)
        #expect(try Self.canonical(deep).hasPrefix(#"{"a":{"b":0,"a":"#))
        let tooDeep = String(repeating: #"{"a":"#, count: 513) + "0" + String(repeating: "}", count: 513)
        #expect(throws: JSONError.self) { try Self.canonical(tooDeep) }
    }

    /// Members in another order, other white space, other escapes: the same form, which is again JSON of the same value
    /// and its own form.
    @Test(arguments: 1...300) func anySpellingOfAnObjectHasOneForm(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        let object = random.object()
        let first = try Self.canonical(random.spelling(of: object))
        for _ in 0..<4 {
            var members = object.map { ($0.key, $0.value) }
            for index in members.indices.dropFirst() { members.swapAt(index, random.below(index + 1)) }
            let shuffled = JSONObject(members.map { (key: $0.0, value: $0.1) })
            #expect(try Self.canonical(random.spelling(of: shuffled)) == first)
        }
        #expect(try JSONValue(parsing: Array(first.utf8)) == .object(object))
        #expect(try Self.canonical(first) == first)
    }

    /// Two values that differ have two forms.
    @Test func differentObjectsHaveDifferentForms() throws {
        var random = RandomJSON(seed: 7)
        var seen: [String: JSONObject] = [:]
        for _ in 0..<3_000 {
            let object = random.object()
            let form = try Self.canonical(random.spelling(of: object))
            if let other = seen[form] { #expect(JSONValue.object(other) == .object(object)) }
            seen[form] = object
        }
        #expect(seen.count > 2_000)
    }
}

import JSON
import Testing

struct JSONPointerTests {
    /// RFC 6901 section 5.
    @Test(arguments: [
        ("", nil), ("/foo/0", "\"bar\""), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"),
        ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
    ])
    func exampleOfTheRFCPointsAtItsValue(pointer: String, expected: String?) throws {
        let document = try JSONValue(
            parsing: #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#)
        let parsed = try JSONPointer(parsing: pointer)
        #expect(document[parsed]?.text == expected ?? document.text)
        #expect(parsed.text == pointer)
    }

    @Test func nothingIsFoundBehindBadIndexesAndBadPointersAreRefused() throws {
        let document: JSONValue = [1, 2]
        for pointer in ["/00", "/01", "/2", "/-", "/+1", "/-1", "/99999999999999999999", "/0/a"] {
            #expect(document[try JSONPointer(parsing: pointer)] == nil, "\(pointer)")
        }
        for bad in ["a", "/~", "/~2", "#/a"] {
            #expect(throws: JSONError.self) { try JSONPointer(parsing: bad) }
        }
        #expect(JSONPointer.escaped("a/b~c") == "a~1b~0c")
    }
}

import JSON
import Testing

struct FieldScanTests {
    private func scan(_ text: String, _ wanted: [StaticString]) throws -> (FieldScan, [UInt8]) {
        let bytes = Array(text.utf8)
        return (try FieldScan(bytes, wanted: wanted), bytes)
    }

    @Test func findsTheWantedFieldsWithTheirKinds() throws {
        let (scan, bytes) = try scan(
            #" {"model" : "gpt\n4", "stream":true,"n":-12,"x":{"model":"inner"},"t":0.5,"none":null,"#
                + #""messages":[1, {"a":2}]} "#,
            ["model", "stream", "n", "messages", "absent", "t", "none"])
        let model = try #require(scan["model"])
        #expect(model.string(in: bytes) == "gpt\n4")
        #expect(model.string(in: bytes, equals: "gpt\n4"))
        #expect(bytes[model.key].elementsEqual("\"model\"".utf8))
        #expect(scan["stream"].map { $0.bool(in: bytes) } == true)
        #expect(scan["n"].map { $0.integer(in: bytes) } == -12)
        #expect(scan["t"].map { $0.double(in: bytes) } == 0.5)
        #expect(scan["t"].flatMap { $0.integer(in: bytes) } == nil)
        #expect(scan["none"]?.kind == .null && scan["messages"]?.kind == .array)
        #expect(scan["absent"] == nil && scan["x"] == nil)
        #expect(scan.memberCount == 7)
        #expect(bytes[scan.closingBraceOffset] == UInt8(ascii: "}"))
    }

    @Test func escapedKeyIsFoundAndItsDuplicateRefused() throws {
        let (scan, bytes) = try scan(#"{"m\u006fdel":"a"}"#, ["model"])
        #expect(scan["model"].map { $0.string(in: bytes) } == "a")
        #expect(throws: JSONError(offset: 11, reason: "the key \"model\" occurs twice")) {
            try FieldScan(Array(#"{"model":1,"mode\u006c":2}"#.utf8), wanted: ["model"])
        }
        #expect(throws: Never.self) { try FieldScan(Array(#"{"other":1,"other":2}"#.utf8), wanted: ["model"]) }
    }

    @Test(arguments: [
        "", "[]", "1", "{", "{}x", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\"}", "\u{FEFF}{}", "{\"a\":\"\\ud800\"}",
    ])
    func anythingButOneWholeObjectIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try FieldScan(Array(text.utf8), wanted: ["a"]) }
    }

    @Test func bytesThatAreNotUTF8AreRefusedWhereverTheyStand() {
        let bad: [[UInt8]] = [
            [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80],
            [0xC3], [0x80], [0xFF], [0xE2, 0x82],
        ]
        for bytes in bad {
            for padding in 0..<20 {
                let fill = [UInt8](repeating: UInt8(ascii: "x"), count: padding)
                let text = Array("{\"a\":\"".utf8) + fill + bytes + Array("\"}".utf8)
                #expect(throws: JSONError.self) { try FieldScan(text, wanted: []) }
            }
        }
    }

    @Test func nestedObjectsAndFirstElementsAreReadInPlace() throws {
        let (scan, bytes) = try scan(
            #"{"choices":[ {"index":0,"finish_reason":"stop"}, 2], "usage": {"prompt_tokens": 12}, "none": [ ]}"#,
            ["choices", "usage", "none"])
        let usageField = try #require(scan["usage"])
        let usage = try FieldScan(bytes, within: usageField.value, wanted: ["prompt_tokens"])
        #expect(usage["prompt_tokens"].map { $0.integer(in: bytes) } == 12)
        let choices = try #require(scan["choices"])
        let first = try #require(try FieldScan.firstElement(of: choices, in: bytes))
        let choice = try FieldScan(bytes, within: first.value, wanted: ["finish_reason"])
        #expect(choice["finish_reason"].map { $0.string(in: bytes) } == "stop")
        #expect(try FieldScan.elements(of: choices, in: bytes).map(\.kind) == [.object, .number])
        let none = try #require(scan["none"])
        #expect(try FieldScan.firstElement(of: none, in: bytes) == nil)
        #expect(throws: JSONError.self) { try FieldScan.firstElement(of: usageField, in: bytes) }
    }

    @Test func scanOfRandomObjectsFindsWhatTheTreeHolds() throws {
        var random = RandomJSON(seed: 21)
        for _ in 0..<500 {
            var object = random.object()
            object["model"] = random.value()
            let bytes = random.spelling(of: object)
            let scan = try FieldScan(bytes, wanted: ["model"])
            let field = try #require(scan["model"])
            #expect(try field.value(in: bytes) == object["model"])
            #expect(scan.memberCount == object.count)
            if case .string(let text) = object["model"] { #expect(field.string(in: bytes) == text) }
        }
    }
}

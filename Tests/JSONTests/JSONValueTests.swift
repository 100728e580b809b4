import JSON
import Testing

struct JSONValueTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(parsing: text) }

    @Test func integersAreExactToTheEndsOfInt64AndDoublesBeyond() throws {
        #expect(try parse("9223372036854775807").text == "9223372036854775807")
        #expect(try parse("-9223372036854775808").text == "-9223372036854775808")
        guard case .number(let beyond) = try parse("9223372036854775808") else {
            Issue.record("expected a double")
            return
        }
        #expect(beyond == 9_223_372_036_854_775_808)
    }

    @Test(arguments: [
        "0.1", "1e+300", "5e-324", "1.7976931348623157e+308", "-0", "0.30000000000000004", "123456.789", "1e+16",
    ])
    func doublesReadBackAsWritten(_ text: String) throws {
        let value = try parse(text)
        #expect(value.text == text)
        #expect(try parse(value.text).doubleValue?.bitPattern == value.doubleValue?.bitPattern)
    }

    @Test func randomDoublesSurviveTheRoundTripBitForBit() throws {
        var generator = SystemSeeded(state: 11)
        for _ in 0..<3000 {
            let double = Double(bitPattern: generator.next())
            guard double.isFinite else { continue }
            #expect(try parse(JSONValue.number(double).text).doubleValue?.bitPattern == double.bitPattern)
        }
    }

    @Test func wholeDoublesHaveNoPointAndEqualTheirInteger() throws {
        #expect(JSONValue.number(3).text == "3")
        #expect(JSONValue.number(3) == .integer(3))
        #expect(JSONValue.number(3).hashValue == JSONValue.integer(3).hashValue)
        #expect(try parse("3.0").intValue == 3)
        #expect(JSONValue.number(.infinity).text == "null")
    }

    @Test func numbersPastEveryDoubleAreRefusedAndTooSmallOnesAreZero() throws {
        #expect(throws: JSONError(offset: 1, reason: "the number is too large")) { try parse("[1e400]") }
        #expect(try parse("1e-400").doubleValue == 0)
    }

    @Test func duplicateKeyIsAnErrorEvenWhenSpeltWithAnEscape() throws {
        #expect(throws: JSONError(offset: 7, reason: "the key occurs twice in one object")) {
            try parse(#"{"a":1,"\u0061":2}"#)
        }
        let last = try JSONValue(parsing: #"{"a":1,"a":2}"#, duplicateKeys: .lastWins)
        #expect(last["a"] == 2)
    }

    @Test func composedAndDecomposedKeysAreTwoKeys() throws {
        let value = try parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.objectValue?.count == 2)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    }

    @Test func depthIsAnErrorAndNeverACrash() {
        for opening in ["[", "{\"a\":", "[{\"a\":"] {
            let text = Array(String(repeating: opening, count: 100_000).utf8)
            #expect(throws: JSONError.self) { try JSONValue(parsing: text, depthMax: .max) }
            #expect(throws: JSONError.self) { try JSONSyntax.validate(text, depthMax: .max) }
            #expect(throws: JSONError.self) { try FieldScan(Array("{\"k\":".utf8) + text, wanted: ["k"]) }
        }
    }

    @Test(arguments: [1, 63, 64, 65, 127, 128, 129, 200, 512])
    func depthIsCountedExactly(_ depth: Int) throws {
        let text = Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        try JSONSyntax.validate(text, depthMax: depth)
        _ = try JSONValue(parsing: text, depthMax: depth)
        #expect(throws: JSONError.self) { try JSONSyntax.validate(text, depthMax: depth - 1) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: text, depthMax: depth - 1) }
        // The bit stack must give back what was spilled: objects and arrays in turns.
        let mixed = (0..<depth).map { $0 % 3 == 0 ? "{\"a\":[" : "[" }.joined()
        let closing = (0..<depth).reversed().map { $0 % 3 == 0 ? "]}" : "]" }.joined()
        if depth < 300 { try JSONSyntax.validate(Array((mixed + closing).utf8)) }
    }

    @Test func everyControlCharacterAndQuoteIsEscapedAndComesBack() throws {
        let all = String(String.UnicodeScalarView((0..<0x250).compactMap(Unicode.Scalar.init)))
        let encoded = JSONText.escaped(all)
        #expect(encoded.allSatisfy { $0 >= 0x20 })
        #expect(try JSONValue(parsing: encoded).stringValue?.unicodeScalars.elementsEqual(all.unicodeScalars) == true)
        #expect(
            String(decoding: JSONText.escaped("a\"\\\n\u{1}\u{7F}é"), as: UTF8.self) == "\"a\\\"\\\\\\n\\u0001\u{7F}é\""
        )
    }

    @Test func stringsEndAtTheRightByteAtEveryAlignment() throws {
        for length in 0..<40 {
            for special in ["\"", "\\", "\n", "é", "😀", "\u{7F}"] {
                let text = String(repeating: "x", count: length) + special + "tail"
                #expect(try JSONValue(parsing: JSONText.escaped(text)) == .string(text))
            }
        }
    }

    @Test func randomValuesSurviveTheRoundTripInEverySpelling() throws {
        var random = RandomJSON(seed: 3)
        for _ in 0..<300 {
            let value = random.value()
            for (sorted, pretty) in [(false, false), (true, false), (true, true)] {
                #expect(try JSONValue(parsing: value.encoded(sortedKeys: sorted, pretty: pretty)) == value)
            }
        }
    }

    @Test func objectsKeepTheirOrderAndCompareWithoutIt() throws {
        let one = try parse(#"{"z":1,"a":{"y":[1,2],"x":null}}"#)
        let other = try parse(#"{"a":{"x":null,"y":[1.0,2]},"z":1.0}"#)
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one.text == #"{"z":1,"a":{"y":[1,2],"x":null}}"#)
        #expect(String(decoding: one.encoded(sortedKeys: true), as: UTF8.self) == #"{"a":{"x":null,"y":[1,2]},"z":1}"#)
    }

    @Test func largeObjectsFindEveryKeyAfterRemovals() {
        var object = JSONObject()
        for index in 0..<1000 { object["key\(index)"] = .integer(Int64(index)) }
        object.removeAll { $0.value.intValue.map { $0 % 3 == 0 } ?? false }
        object.removeValue(forKey: "key1")
        #expect(object.count == 665)
        #expect(object["key1"] == nil && object["key3"] == nil && object["key998"] == 998)
        object["key2"] = nil
        #expect(object.keys.first == "key4")
    }

    @Test func faultsNameTheirByte() {
        for (text, offset) in [("", 0), ("[1,]", 3), ("{\"a\" 1}", 5), ("[1] x", 4), ("\"\\ud800\"", 1), ("nul", 0)] {
            #expect(throws: JSONError.self) { try parse(text) }
            do { _ = try parse(text) } catch { #expect(error.offset == offset, "\(text): \(error)") }
        }
    }

    @Test func slicesAreReadAndOffsetsCountFromTheirStart() throws {
        let bytes = Array("xx[1,2]yy".utf8)
        #expect(try JSONValue(parsing: bytes[2..<7]) == [1, 2])
        do { _ = try JSONValue(parsing: bytes[2...]) } catch { #expect(error.offset == 5) }
    }
}

/// SplitMix64, for bit patterns.
struct SystemSeeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        let mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ (mixed >> 31)
    }
}

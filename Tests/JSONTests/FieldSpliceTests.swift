import JSON
import Testing

struct FieldSpliceTests {
    private static let wanted: [StaticString] = ["a", "b", "c", "d", "e"]

    private func splice(
        _ text: String, _ edit: (inout FieldSplice, FieldScan) throws -> Void
    ) throws -> String {
        let bytes = Array(text.utf8)
        let scan = try FieldScan(bytes, wanted: Self.wanted)
        var splice = FieldSplice(bytes, scan)
        try edit(&splice, scan)
        return String(decoding: splice.spliced(), as: UTF8.self)
    }

    @Test func replacesRemovesAndInsertsWithoutTouchingTheRest() throws {
        let result = try splice(#"{ "a" : 1 , "keep" : "é\u00e9" , "b":2 }"#) { splice, scan in
            splice.replace(try #require(scan["a"]), with: Array("\"x\"".utf8))
            splice.remove(try #require(scan["b"]))
            splice.insert(key: "n\"ew", value: Array("[1]".utf8))
        }
        #expect(result == #"{ "a" : "x" , "keep" : "é\u00e9"  ,"n\"ew":[1]}"#)
    }

    @Test func renamesAKeyBesideEveryOtherEdit() throws {
        let text = #"{ "a" : 1 ,"\u0062":[2],"c":3}"#
        #expect(try splice(text) { $0.rename(try #require($1["b"]), to: "x\"") } == #"{ "a" : 1 ,"x\"":[2],"c":3}"#)
        let result = try splice(text) { splice, scan in
            let (a, b, c) = (try #require(scan["a"]), try #require(scan["b"]), try #require(scan["c"]))
            splice.replace(a, with: Array("9".utf8))
            splice.rename(a, to: "long-name")
            splice.rename(b, to: "gone")
            splice.remove(b)
            splice.rename(c, to: "z")
            splice.insert(key: "n", value: Array("null".utf8))
        }
        #expect(result == #"{ "long-name" : 9 ,"z":3,"n":null}"#)
    }

    @Test func everySetOfRemovalsLeavesTheCommasRight() throws {
        let text = #"{ "a":1, "b" : [2] ,"c":{"a":3},"d":4 , "e":"5"}"#
        let full = try #require(JSONValue(parsing: text).objectValue)
        for mask in 0..<32 {
            for inserts in 0..<3 {
                var expected = full
                let result = try splice(text) { splice, scan in
                    for index in 0..<5 where mask & (1 << index) != 0 {
                        splice.remove(try #require(scan[index]))
                        expected["\(Self.wanted[index])"] = nil
                    }
                    for index in 0..<inserts {
                        splice.insert(key: "new\(index)", value: Array("null".utf8))
                        expected["new\(index)"] = .null
                    }
                }
                let value = try JSONValue(parsing: result)
                #expect(value == .object(expected), "\(mask) \(inserts): \(result)")
                #expect(value.objectValue?.keys == expected.keys)
            }
        }
    }

    @Test func emptyObjectTakesItsFirstMember() throws {
        #expect(try splice("{ }") { splice, _ in splice.insert(key: "a", value: Array("1".utf8)) } == "{ \"a\":1}")
    }

    @Test func nestedScanEditsInsideTheWholeText() throws {
        let bytes = Array(#"{"x":1,"metadata":{"keep":1,"signalbox":{"unit":"u"}},"y":2}"#.utf8)
        let outer = try FieldScan(bytes, wanted: ["metadata"])
        let inner = try FieldScan(bytes, within: try #require(outer["metadata"]).value, wanted: ["signalbox"])
        var splice = FieldSplice(bytes, inner)
        splice.remove(try #require(inner["signalbox"]))
        #expect(String(decoding: splice.spliced(), as: UTF8.self) == #"{"x":1,"metadata":{"keep":1},"y":2}"#)
    }

    @Test func randomEditsEqualTheTreeEditAndKeepOtherMembersByteForByte() throws {
        var random = RandomJSON(seed: 99)
        for round in 0..<600 {
            var object = random.object()
            for key in ["a", "b", "c", "d", "e"] where random.below(2) == 0 { object[key] = random.value() }
            let bytes = random.spelling(of: object)
            let scan = try FieldScan(bytes, wanted: Self.wanted)
            var splice = FieldSplice(bytes, scan)
            var expected = object
            for key in Self.wanted {
                guard let field = scan[key] else { continue }
                switch random.below(3) {
                case 0:
                    let value = random.value()
                    splice.replace(field, with: value.encoded())
                    expected["\(key)"] = value
                case 1:
                    splice.remove(field)
                    expected["\(key)"] = nil
                default: break
                }
            }
            if random.below(2) == 0 {
                splice.insert(key: "inserted key", value: Array("{}".utf8))
                expected["inserted key"] = [:]
            }
            let result = splice.spliced()
            #expect(try JSONValue(parsing: result) == .object(expected), "\(round)")
            // Members that no edit names stand in the result in their own spelling, in their order.
            var rest = result[...]
            for (key, value) in object where !Self.wanted.contains(where: { "\($0)" == key }) {
                let spelt = value.encoded()
                let place = try #require(rest.firstRange(of: spelt), "\(round) \(key)")
                rest = rest[place.upperBound...]
            }
        }
    }

    @Test func noEditGivesTheSameBytes() throws {
        var random = RandomJSON(seed: 5)
        for _ in 0..<50 {
            let bytes = random.spelling(of: random.object())
            #expect(FieldSplice(bytes, try FieldScan(bytes, wanted: [])).spliced() == bytes)
        }
    }
}

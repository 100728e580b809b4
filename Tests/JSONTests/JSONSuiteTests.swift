import JSON
import Testing

/// JSONTestSuite (Nicolas Seriot): y must be accepted, n refused, i may be either but must not crash.
@Suite(.enabled(if: Corpora.mayRun, "SIGNALBOX_CORPORA is absent"))
struct JSONSuiteTests {
    private func cases(_ prefix: String) throws -> [(name: String, bytes: [UInt8])] {
        try Corpora.files(in: "JSONTestSuite/test_parsing", suffix: ".json").filter { $0.name.hasPrefix(prefix) }
    }

    @Test func everyValidTextIsAcceptedByEveryReader() throws {
        let cases = try cases("y_")
        #expect(cases.count == 95)
        for (name, bytes) in cases {
            #expect(throws: Never.self, "\(name)") { try JSONSyntax.validate(bytes) }
            // Two cases repeat a key, which the RFC leaves to the reader; ours must be asked to take it.
            let value = try JSONValue(parsing: bytes, duplicateKeys: .lastWins)
            #expect(try JSONValue(parsing: value.encoded()) == value, "\(name)")
            if case .object = value {
                #expect(throws: Never.self, "\(name)") { try FieldScan(bytes, wanted: ["model"]) }
            } else {
                #expect(throws: JSONError.self, "\(name)") { try FieldScan(bytes, wanted: []) }
            }
            // As the value of a member: the scan sees what the tree sees, element by element.
            let wrapped = Array("{\"k\":".utf8) + bytes + Array("}".utf8)
            let scan = try FieldScan(wrapped, wanted: ["k"])
            let field = try #require(scan["k"])
            let held = try JSONValue(parsing: wrapped[field.value], duplicateKeys: .lastWins)
            #expect(held == value, "\(name)")
            if let text = value.stringValue { #expect(field.string(in: wrapped) == text, "\(name)") }
            if let values = value.arrayValue {
                let elements = try FieldScan.elements(of: field, in: wrapped)
                let found = try elements.map { try JSONValue(parsing: wrapped[$0.value], duplicateKeys: .lastWins) }
                #expect(found == values, "\(name)")
            }
        }
    }

    @Test func everyInvalidTextIsRefusedByEveryReader() throws {
        let cases = try cases("n_")
        #expect(cases.count > 180)
        for (name, bytes) in cases {
            #expect(throws: JSONError.self, "\(name)") { try JSONSyntax.validate(bytes) }
            #expect(throws: JSONError.self, "\(name)") {
                try JSONValue(parsing: bytes, depthMax: .max, duplicateKeys: .lastWins)
            }
            #expect(throws: JSONError.self, "\(name)") { try FieldScan(bytes, wanted: ["a"]) }
            // Inside an object, so that the scanner sees the fault and not only the missing brace.
            let wrapped = Array("{\"a\":".utf8) + bytes + Array("}".utf8)
            if name != "n_structure_no_data.json" || !bytes.isEmpty {
                #expect(throws: JSONError.self, "\(name)") { try FieldScan(wrapped, wanted: []) }
            }
        }
    }

    @Test func readersAgreeWhereTheSuiteLeavesTheChoice() throws {
        for (name, bytes) in try cases("i_") {
            let syntax = (try? JSONSyntax.validate(bytes)) != nil
            let tree = (try? JSONValue(parsing: bytes, depthMax: 512)) != nil
            // A number too large for a double is well-formed text, and no value.
            #expect(tree == syntax || name.hasPrefix("i_number"), "\(name)")
            let wrapped = Array("{\"k\":".utf8) + bytes + Array("}".utf8)
            let scan = (try? FieldScan(wrapped, wanted: ["k"])) != nil
            #expect(scan == ((try? JSONSyntax.validate(wrapped)) != nil), "\(name)")
            // The deepest of the suite has five hundred arrays; one object more is within the bound.
            #expect(scan == syntax, "\(name)")
        }
    }

    @Test func everyBrokenByteOfAValidTextIsHandledAlikeByEveryReader() throws {
        var random = RandomJSON(seed: 7)
        for (name, bytes) in try cases("y_") where !bytes.isEmpty {
            for _ in 0..<40 {
                var broken = bytes
                broken[random.below(broken.count)] = UInt8(random.below(256))
                if random.below(3) == 0 { broken.removeLast(random.below(broken.count)) }
                let syntax = (try? JSONSyntax.validate(broken)) != nil
                var tree = true
                do {
                    _ = try JSONValue(parsing: broken, depthMax: 512, duplicateKeys: .lastWins)
                } catch {
                    // Well-formed so far, but no value: what follows the number stays unread.
                    if error.reason.hasPrefix("the number is too large") { continue }
                    tree = false
                }
                #expect(syntax == tree, "\(name): \(broken)")
                let wrapped = Array("{\"k\":".utf8) + broken + Array("}".utf8)
                #expect(!syntax || (try? FieldScan(wrapped, wanted: ["k"])) != nil, "\(name): \(broken)")
            }
        }
    }
}

import JSON
import Testing

@testable import Batch

@Suite struct LineRulesTests {
    private static let rules = LineRules(endpoint: BatchHarness.endpoint, bodyBytesMax: 200)

    private static func fault(_ line: [UInt8]) -> LineFault? {
        do throws(LineFault) {
            _ = try rules.line(line, number: 3, start: 100)
            return nil
        } catch {
            return error
        }
    }

    @Test func theBodyIsFoundWhereItStandsWhateverIsAroundIt() throws {
        let line =
            #" { "body" : {"model":"b\u006ft", "n": 1.50 } ,"url":"\/v1/chat/completions","method":"POST","#
            + #""custom_id":"ä" }"#
        let found = try Self.rules.line(Array(line.utf8), number: 3, start: 100)
        #expect(found.number == 3 && found.customID == "ä" && found.model == "bot")
        let bytes = Array(line.utf8)[(found.start - 100)..<(found.start - 100 + found.length)]
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"model":"b\u006ft", "n": 1.50 }"#)
    }

    /// Changes to a good line, and what is said of each.
    private static let wrong: [(changes: JSONValue, code: String, param: String)] = [
        (["custom_id": .null], "invalid_type", "custom_id"), (["custom_id": 7], "invalid_type", "custom_id"),
        (["custom_id": ""], "missing_required_parameter", "custom_id"),
        (["custom_id": .string(String(repeating: "x", count: 513))], "invalid_custom_id", "custom_id"),
        (["method": "GET"], "invalid_method", "method"), (["method": "post"], "invalid_method", "method"),
        (["url": "/v1/embeddings"], "url_mismatch", "url"),
        (["url": "http://127.0.0.1/v1/chat/completions"], "url_mismatch", "url"),
        (["body": []], "invalid_body", "body"), (["body": "{}"], "invalid_body", "body"),
        (["body": ["model": .null]], "invalid_body", "body.model"),
        (["body": ["model": ""]], "invalid_body", "body.model"),
        (["body": ["stream": true]], "unsupported_stream", "body.stream"),
        (["body": ["stream": "yes"]], "invalid_body", "body.stream"),
        (["body": ["input": .string(String(repeating: "x", count: 200))]], "line_too_large", "body"),
    ]

    @Test(arguments: wrong)
    func whatIsWrongIsNamedWithItsLine(changes: JSONValue, code: String, param: String) {
        var line = BatchHarness.line("a").objectValue ?? [:]
        for (key, value) in changes.objectValue ?? [:] {
            if key == "body", value.objectValue != nil {
                line[key] = line[key]?.mergePatched(with: value)
                if value["model"]?.isNull == true { line[key] = ["model": .null] }
            } else {
                line[key] = value
            }
        }
        let fault = Self.fault(JSONValue.object(line).encoded())
        #expect(fault?.code == code)
        #expect(fault?.param == param)
        #expect(fault?.line == 3)
    }

    @Test(arguments: ["custom_id", "method", "url", "body"]) func aMemberThatIsMissingIsNamed(name: String) {
        var line = BatchHarness.line("a").objectValue ?? [:]
        line.removeValue(forKey: name)
        #expect(Self.fault(JSONValue.object(line).encoded())?.code == "missing_required_parameter")
        #expect(Self.fault(JSONValue.object(line).encoded())?.param == name)
    }

    private static let noJSON: [[UInt8]] = [
        Array("not json".utf8), Array("[]".utf8), Array("{}{}".utf8), Array(#"{"custom_id":"a""#.utf8),
        Array(#"{"custom_id":"a","custom_id":"b"}"#.utf8), [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D],
        [0xFF, 0xFE, 0x7B, 0x00], Array(#"{"custom_id":"\ud800"}"#.utf8),
        Array(String(repeating: "{\"a\":", count: 600).utf8),
    ]

    @Test(arguments: noJSON)
    func whatIsNoJSONIsSaidSo(line: [UInt8]) {
        #expect(Self.fault(line)?.code == "invalid_json_line")
    }

    @Test func aModelThatIsNamedTwiceIsRefused() {
        let line =
            #"{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"a","model":"b"}}"#
        #expect(Self.fault(Array(line.utf8))?.code == "invalid_body")
    }
}

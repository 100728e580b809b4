import JSON
import Testing

@testable import Batch

@Suite struct AnswerLineTests {
    private static let batch = "batch_01ABC"
    private static let line = BatchLine(number: 7, customID: "a\n\"b\"", model: "bot", start: 0, length: 2)

    private static func parsed(_ answer: AnswerLine) throws -> JSONValue {
        #expect(answer.bytes.last == UInt8(ascii: "\n"))
        #expect(answer.bytes.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } == 1)
        return try JSONValue(parsing: answer.bytes)
    }

    @Test func anAnswerOverSeveralLinesBecomesOne() throws {
        let body = Array("{\r\n  \"text\": \"one\\ntwo\",\n  \"n\": 1.50\n}\n".utf8)
        let answer = AnswerLine(batch: Self.batch, Self.line, status: 200, requestID: "r", body: body)
        #expect(!answer.isError)
        let json = try Self.parsed(answer)
        #expect(json["custom_id"] == "a\n\"b\"")
        #expect(json["id"] == "batch_req_01ABC_7")
        #expect(json["error"] == .null)
        #expect(json["response"]?["status_code"] == 200)
        #expect(json["response"]?["request_id"] == "r")
        #expect(json["response"]?["body"]?["text"] == "one\ntwo")
        #expect(String(decoding: answer.bytes, as: UTF8.self).contains("1.50"))
    }

    private static let others: [(body: [UInt8], wanted: JSONValue)] = [
        (Array("upstream\nfailed".utf8), "upstream\nfailed"), (Array("[1,\n2]".utf8), [1, 2]), ([], .null),
        ([0xFF, 0x0A], "\u{FFFD}\n"),
    ]

    @Test(arguments: others)
    func whatIsNoObjectIsKeptAllTheSame(body: [UInt8], wanted: JSONValue) throws {
        let answer = AnswerLine(batch: Self.batch, Self.line, status: 502, requestID: "r", body: body)
        #expect(answer.isError)
        #expect(try Self.parsed(answer)["response"]?["body"] == wanted)
    }

    @Test func aLineThatWasNotAskedHasNoResponse() throws {
        let json = try Self.parsed(AnswerLine(batch: Self.batch, Self.line, unasked: "batch_expired", "Too late."))
        #expect(json["response"] == .null)
        #expect(json["error"] == ["code": "batch_expired", "message": "Too late."])
    }
}

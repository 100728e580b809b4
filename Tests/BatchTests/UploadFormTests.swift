import HTTP
import Testing

@testable import Batch

@Suite struct UploadFormTests {
    private static let boundary = "b0undary-7"

    private static func form(_ parts: [(head: String, content: String)]) -> [UInt8] {
        let text = parts.map { "--\(boundary)\r\nContent-Disposition: form-data; \($0.head)\r\n\r\n\($0.content)\r\n" }
        return Array((text.joined() + "--\(boundary)--\r\n").utf8)
    }

    private static func read(
        _ bytes: [UInt8], step: Int
    ) throws(FormError) -> (form: UploadForm, content: [UInt8]) {
        let type = Array("multipart/form-data; boundary=\(boundary)".utf8)
        var form = UploadForm(try FormBoundary(contentType: type[...]))
        var content: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            try form.feed(Array(bytes[start..<min(start + step, bytes.count)]))
            content += form.takeChunks(isLast: false).flatMap { $0 }
        }
        try form.finish()
        content += form.takeChunks(isLast: true).flatMap { $0 }
        return (form, content)
    }

    @Test func fieldsStandBeforeOrBehindTheFileAndTheFormMayBeCutAnywhere() throws {
        let file = ("name=\"file\"; filename=\"a/b\\c/r.jsonl\"", "{}\r\n--b0undar\r\n{}")
        let purpose = ("name=\"purpose\"", "batch")
        for bytes in [Self.form([purpose, file]), Self.form([file, purpose])] {
            for step in 1...bytes.count {
                let (form, content) = try Self.read(bytes, step: step)
                #expect(String(decoding: content, as: UTF8.self) == "{}\r\n--b0undar\r\n{}")
                #expect(form.filename == "r.jsonl")
                #expect(try form.text("purpose") == "batch")
            }
        }
    }

    @Test func aLongFileIsTakenInWholePiecesAndItsRest() throws {
        let content = String(repeating: "0123456789abcdef", count: 10_000)
        let bytes = Self.form([("name=\"purpose\"", "batch"), ("name=\"file\"; filename=\"f\"", content)])
        var form = UploadForm(
            try FormBoundary(contentType: Array("multipart/form-data; boundary=\(Self.boundary)".utf8)[...]))
        try form.feed(bytes)
        try form.finish()
        let whole = form.takeChunks(isLast: false)
        #expect(whole.map(\.count) == [65_536, 65_536])
        let rest = form.takeChunks(isLast: true)
        #expect(rest.map(\.count) == [160_000 - 2 * 65_536])
        #expect((whole + rest).flatMap { $0 } == Array(content.utf8))
        #expect(form.takeChunks(isLast: true).isEmpty)
    }

    private static let wrong: [(parts: [(String, String)], field: String)] = [
        ([("name=\"purpose\"", "batch")], "file"),
        ([("name=\"file\"", "plain")], "file"),
        ([("name=\"file\"; filename=\"a\"", "1"), ("name=\"file\"; filename=\"b\"", "2")], "file"),
        ([("name=\"file\"; filename=\"a\"", "1"), ("name=\"target_model_names\"", "x")], "target_model_names"),
        ([("name=\"purpose\"", "a"), ("name=\"purpose\"", "b")], "purpose"),
        ([("name=\"purpose\"", String(repeating: "x", count: 257))], "purpose"),
    ]

    @Test(arguments: wrong)
    func aFormThatSaysTooLittleOrTooMuchIsRefusedByTheName(parts: [(String, String)], field: String) {
        #expect {
            try Self.read(Self.form(parts.map { (head: $0.0, content: $0.1) }), step: 7)
        } throws: {
            ($0 as? FormError)?.field == field
        }
    }
}

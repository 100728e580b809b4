import HTTP
import Testing

@testable import Gateway

@Suite struct FormRewriterTests {
    private static func rewritten(
        _ form: [UInt8], fields: [(String, String)] = [], cuts: [Int] = []
    ) throws(FormError) -> (bytes: [UInt8], growth: Int) {
        var rewriter = FormRewriter(
            try FormBoundary(contentType: Array(Form.contentType.utf8)[...]), model: "upstream-model",
            fields: FormField.all(fields.map { ($0.0, Array($0.1.utf8)) }))
        var output: [UInt8] = []
        var start = 0
        for end in cuts + [form.count] {
            try rewriter.feed(Array(form[start..<end]), into: &output)
            start = end
        }
        try rewriter.finish(into: &output)
        return (output, rewriter.growth)
    }

    @Test func nothingButTheModelChangesWhereverTheFormIsCut() throws {
        for form in [
            Form([("model", "bot"), ("prompt", "a\r\n--b"), ("file=a.wav", "RIFF")]),
            Form([("file=a.wav", "RIFF"), ("model", "bot@production")]),
            Form([("model", ""), ("file=a.wav", "")]),
        ] {
            let text = String(decoding: form.bytes, as: UTF8.self)
            let wanted = text.replacing(/"model"\r\n\r\n[^\r]*/, with: "\"model\"\r\n\r\nupstream-model")
            for cut in 0...form.bytes.count {
                let (bytes, growth) = try Self.rewritten(form.bytes, cuts: [cut])
                #expect(String(decoding: bytes, as: UTF8.self) == wanted)
                #expect(growth == bytes.count - form.bytes.count)
            }
        }
    }

    @Test func theVariantsParametersReplaceTheCallersAndStandAtTheEnd() throws {
        let form = Form([
            ("language", "de"), ("file=a.wav", "RIFF"), ("timestamp_granularities[]", "word"), ("model", "bot"),
            ("temperature", "1"), ("other", "kept"),
        ])
        let fields = [
            ("language", #""en""#), ("timestamp_granularities", #"["word","segment"]"#), ("temperature", "0.25"),
            ("chunking_strategy", #"{"type":"server_vad","threshold":0.5}"#), ("quick", "true"), ("nothing", "null"),
        ]
        let wanted = Form([
            ("file=a.wav", "RIFF"), ("model", "upstream-model"), ("other", "kept"), ("language", "en"),
            ("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment"), ("temperature", "0.25"),
            ("chunking_strategy[type]", "server_vad"), ("chunking_strategy[threshold]", "0.5"), ("quick", "true"),
        ])
        for cut in 0...form.bytes.count {
            let (bytes, growth) = try Self.rewritten(form.bytes, fields: fields, cuts: [cut])
            #expect(bytes == wanted.bytes)
            #expect(growth == bytes.count - form.bytes.count)
        }
    }

    @Test(arguments: [
        ("model", Form([("model", "bot"), ("model", "other")])),
        ("model", Form([("file=a.wav", "RIFF")])),
        ("model", Form([("model=m.txt", "bot")])),
        ("signalbox", Form([("model", "bot"), ("signalbox", "{}")])),
    ])
    func aFormThatSaysTooLittleOrTooMuchIsRefusedByTheName(field: String, form: Form) {
        #expect { try Self.rewritten(form.bytes) } throws: { ($0 as? FormError)?.field == field }
    }
}

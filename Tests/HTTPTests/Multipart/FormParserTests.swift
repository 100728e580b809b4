import Support
import Testing

@testable import HTTP

/// multipart/form-data, as RFC 7578 with RFC 2046 §5.1 has it, and stricter where readers are known to differ.
@Suite(.timeLimit(.minutes(1))) struct FormParserTests {
    /// As httpx writes it, with contents that look like what they are not.
    static let form = lines([
        "--xYz", #"Content-Disposition: form-data; name="model""#, "", "whisper",
        "--xYz", #"Content-Disposition: form-data; name="language""#, "", "",
        "--xYz", #"Content-Disposition: form-data; name="file"; filename="a.wav""#, "Content-Type: audio/wav", "",
        "RIFF\r\n\r\n--xY\r--xYz \n-\r\r\n-", "--xYz--", "",
    ])

    private static func lines(_ lines: [String]) -> String { lines.joined(separator: "\r\n") }

    private static func part(_ head: String, _ content: String = "v") -> String {
        "--xYz\r\n\(head)\r\n\r\n\(content)\r\n--xYz--\r\n"
    }

    @Test func aFormIsReadWhereverItIsCut() {
        let bytes = Array(Self.form.utf8)
        let whole = FormReading(bytes)
        #expect(whole.error == nil && whole.hasEnded)
        #expect(whole.parts.map(\.name) == ["model", "language", "file"])
        #expect(whole.parts.map(\.isFile) == [false, false, true])
        #expect(whole.parts[0].text == "whisper")
        #expect(whole.parts[1].content.isEmpty)
        #expect(whole.parts[2].text == "RIFF\r\n\r\n--xY\r--xYz \n-\r\r\n-")
        #expect(whole.bytes == bytes, "the events are the form")
        for cut in 0...bytes.count { #expect(FormReading(bytes, cuts: [cut]) == whole, "cut at \(cut)") }
        #expect(FormReading(bytes, cuts: Array(bytes.indices)) == whole, "byte by byte")
    }

    @Test func aLineEndBeforeTheFirstDelimiterAndNoneBehindTheLastAreTaken() {
        // A line end is one character.
        for form in ["\r\n" + Self.form, String(Self.form.dropLast())] {
            let reading = FormReading(Array(form.utf8))
            #expect(reading.error == nil)
            #expect(reading.bytes == Array(form.utf8))
        }
    }

    @Test func everyFormThatStopsEarlyIsAnError() {
        let bytes = Array(Self.form.utf8)
        // The line end behind the closing delimiter may be left out, both bytes of it.
        for count in 0..<(bytes.count - 2) {
            #expect(FormReading(Array(bytes[..<count])).error != nil, "\(count) bytes")
        }
        #expect(FormReading(Array(bytes.dropLast())).error != nil, "half a line end")
    }

    @Test(arguments: [
        ("a preamble", "hello\r\n" + form),
        ("an epilogue", form + "x"),
        ("a second form", form + form),
        ("no parts", "--xYz--\r\n"),
        ("lines that end with LF", form.replacing("\r\n", with: "\n")),
        ("a delimiter behind LF alone", part(#"Content-Disposition: form-data; name="a""#, "v\n--xYz\r\n")),
        ("a delimiter at a content's begin", part(#"Content-Disposition: form-data; name="a""#, "--xYz\r\n")),
        ("a longer boundary", part(#"Content-Disposition: form-data; name="a""#, "v\r\n--xYzabc\r\n")),
        ("padding behind a delimiter", form.replacing("--xYz\r\n", with: "--xYz \r\n")),
        ("no head", "--xYz\r\n\r\nv\r\n--xYz--\r\n"),
        ("no Content-Disposition", part("Content-Type: text/plain")),
        ("two Content-Disposition", part("Content-Disposition: form-data; name=a\r\ncontent-disposition: x; name=b")),
        ("an attachment", part("Content-Disposition: attachment; name=a")),
        ("no name", part(#"Content-Disposition: form-data; filename="a""#)),
        ("two names", part("Content-Disposition: form-data; name=a; name=b")),
        ("an extended name", part("Content-Disposition: form-data; name*=UTF-8''a")),
        ("a name beside an extended one", part("Content-Disposition: form-data; name=a; name*=UTF-8''b")),
        ("a backslash in a name", part(#"Content-Disposition: form-data; name="mo\del""#)),
        ("a backslash before a quote", part(#"Content-Disposition: form-data; name="a"; filename="\"; name=m; y=""#)),
        ("an open quote", part(#"Content-Disposition: form-data; name="a"#)),
        ("something behind a quote", part(#"Content-Disposition: form-data; name="a"b"#)),
        ("a folded line", part("Content-Disposition: form-data;\r\n name=a")),
        ("a field without a colon", part("Content-Disposition form-data; name=a")),
        ("white space before a colon", part("Content-Disposition : form-data; name=a")),
        ("a control character", part("Content-Disposition: form-data; name=a\u{0}")),
        ("a return within a line", part("Content-Disposition: form-data; name=a\rX: y")),
        ("an encoded part", part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64")),
        ("another boundary", form.replacing("xYz", with: "xYy")),
    ])
    func whatTwoReadersCouldReadDifferentlyIsRefused(what: String, form: String) {
        let bytes = Array(form.utf8)
        let whole = FormReading(bytes)
        #expect(whole.error != nil, "\(what)")
        for cut in 0...bytes.count { #expect(FormReading(bytes, cuts: [cut]).error == whole.error, "cut at \(cut)") }
    }

    @Test func namesMayBeBareOrQuotedAndInAnyLanguage() {
        for (written, name) in [("model", "model"), (#""mo del""#, "mo del"), (#""模型""#, "模型"), (#""a%22b""#, "a%22b")]
        {
            let reading = FormReading(Array(Self.part("content-disposition:FORM-DATA;name=\(written);").utf8))
            #expect(reading.error == nil)
            #expect(reading.parts.map(\.name) == [name])
        }
    }

    @Test func aHeadHasItsBoundToTheByte() {
        var limits = FormLimits()
        let fixed = "--xYz\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n".utf8.count
        limits.headBytesMax = fixed + 10
        for (count, isTaken) in [(10, true), (11, false)] {
            let name = String(repeating: "n", count: count)
            let form = Array(Self.part("Content-Disposition: form-data; name=\"\(name)\"").utf8)
            for cuts in [[], Array(form.indices)] {
                #expect((FormReading(form, cuts: cuts, limits: limits).error == nil) == isTaken)
            }
        }
        // One that never ends is refused when it has become too long, not held on to.
        let endless = Array("--xYz\r\nX: \(String(repeating: "a", count: 9_000))".utf8)
        #expect(FormReading(endless).error?.detail.contains("8192") == true)
    }

    @Test func thousandsOfPartsAndFieldsAreTooMany() {
        let one = "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
        #expect(FormReading(Array((String(repeating: one, count: 256) + "--xYz--").utf8)).parts.count == 256)
        let many = FormReading(Array((String(repeating: one, count: 5_000) + "--xYz--").utf8))
        #expect(many.error?.detail.contains("256") == true)
        #expect(many.parts.count == 256)
        let fields = String(repeating: "X: y\r\n", count: 20)
        #expect(FormReading(Array(Self.part(fields + "Content-Disposition: form-data; name=a").utf8)).error != nil)
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "multipart/form-data; boundary=abc"),
        (#"Multipart/Form-Data ; Boundary="a b""#, #"multipart/form-data; boundary="a b""#),
        ("multipart/form-data;charset=utf-8;boundary=----WebKit7MA4", "multipart/form-data; boundary=----WebKit7MA4"),
        ("multipart/form-data", nil), ("multipart/mixed; boundary=a", nil), ("application/json", nil), ("", nil),
        ("multipart/form-data; boundary=", nil), ("multipart/form-data; boundary=a; boundary=b", nil),
        (#"multipart/form-data; boundary="a ""#, nil), (#"multipart/form-data; boundary="a\"b""#, nil),
        ("multipart/form-data; boundary=\(String(repeating: "a", count: 71))", nil),
        (#"multipart/form-data; boundary="é""#, nil),
    ])
    func aBoundaryIsWhatTheRFCSays(written: String, passedOn: String?) {
        let boundary = try? FormBoundary(contentType: Array(written.utf8)[...])
        #expect(boundary?.contentType == passedOn)
    }

    @Test func damagedFormsAreReadTheSameWhereverTheyAreCut() {
        let telling = Array("\r\n-xYz:;=\"\\ \t\0".utf8) + [0x80, 0xFF]
        var random = SeededGenerator(seed: 11)
        for round in 0..<4_000 {
            var bytes = Array(Self.form.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = telling.randomElement(using: &random) ?? 0
                case 1: bytes.insert(telling.randomElement(using: &random) ?? 0, at: at)
                case 2: bytes.remove(at: at)
                default:
                    let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
                    bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
                }
            }
            let whole = FormReading(bytes)
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            let cut = FormReading(bytes, cuts: cuts)
            // An error may come before or behind a content that has passed already.
            guard cut.error == whole.error, whole.error != nil || cut == whole else {
                Issue.record("round \(round), cuts \(cuts) of \(bytes): \(cut), whole: \(whole)")
                return
            }
            if whole.error == nil { #expect(whole.bytes == bytes) }
        }
    }
}

import Testing

@testable import HTTP

/// The fields of an answer.
@Suite struct HeadersTests {
    @Test(arguments: ["a\r\nSet-Cookie: b", "a\n", "a\r", "a\0b", "a\u{7F}", "\u{1B}"])
    func rfc9110Section5_5ValueThatWouldSplitTheHeaderIsRefused(_ value: String) {
        var headers: Headers = ["Location": "/before"]
        #expect(!headers.set("Location", value) && !headers.add("X-New", value))
        #expect(headers["location"] == "/before" && headers["x-new"] == nil && headers.refusedCount == 2)
    }

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "é", "(a)"])
    func rfc9110Section5_1NameThatIsNoTokenIsRefused(_ name: String) {
        var headers = Headers()
        #expect(!headers.add(name, "x") && headers.isEmpty)
    }

    @Test func settingReplacesEveryFieldOfTheNameInPlace() {
        var headers = Headers([("A", "1"), ("B", "2"), ("a", "3"), ("C", "4"), ("A", "5")])
        headers.set("a", "6")
        #expect(headers.map { "\($0.name)=\($0.value)" } == ["a=6", "B=2", "C=4"])
        headers["b"] = nil
        headers.add("C", "7")
        #expect(headers.values("c") == ["4", "7"] && headers.count == 3)
    }

    /// The lines need not fill the room that was asked for, and what is added later stands behind them.
    @Test func severalLinesAreWrittenInOneGo() {
        var headers: Headers = ["first": "1"]
        headers.add(knownLines: 1_000) { lines in
            lines.add("x-small", decimal: 0)
            lines.add("x-great", decimal: .max)
            lines.add("x-empty", atMost: 4) { _ in 0 }
        }
        headers.add("last", "2")
        #expect(headers.count == 5)
        #expect(headers.fields.map(\.name) == ["first", "x-small", "x-great", "x-empty", "last"])
        #expect(headers.fields.map(\.value) == ["1", "0", "18446744073709551615", "", "2"])
    }
}

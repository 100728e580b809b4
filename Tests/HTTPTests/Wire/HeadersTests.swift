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
}

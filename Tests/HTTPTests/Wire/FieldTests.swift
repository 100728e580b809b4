import Testing

@testable import HTTP

/// RFC 9112 §5 and RFC 9110 §5: header fields.
@Suite struct FieldTests {
    @Test(arguments: [
        WireCase("folded", fields: "A: b\r\n c"), WireCase("folded with a tab", fields: "A: b\r\n\tc"),
        WireCase("space before the colon", fields: "A : b"), WireCase("tab before the colon", fields: "A\t: b"),
        WireCase("no name", fields: ": b"), WireCase("no colon", fields: "A"), WireCase("at sign", fields: "A@: b"),
        WireCase("not ASCII", fields: "Ä: b"), WireCase("parenthesis", fields: "A(: b"),
        WireCase("NUL in a name", fields: "A\0: b"), WireCase("NUL in a value", fields: "A: b\0c"),
        WireCase("bell", fields: "A: b\u{07}"), WireCase("DEL", fields: "A: b\u{7F}"),
        WireCase("vertical tab", fields: "A: b\u{0B}c"), WireCase("escape", fields: "A: \u{1B}[1m"),
        WireCase("CR in a value", fields: "A: b\rc"), WireCase("LF in a value", fields: "A: b\nc"),
        WireCase("content type twice", fields: "Content-Type: a/b\r\ncontent-type: a/b"),
        WireCase("authorization twice", fields: "Authorization: Bearer a\r\nAuthorization: Bearer b"),
    ])
    func rfc9112Section5MalformedFieldsAreRefused(_ sample: WireCase) { expectRefused(sample, 400) }

    @Test func rfc9112Section5_1WhiteSpaceAroundAValueIsNoPartOfIt() {
        let messages = expectRead(WireCase("spaces", fields: "A:\t  b \t c\t \r\nB:\r\nC:   \r\n!#$%&'*+-.^_`|~9: d"))
        #expect(messages[0].names == ["Host", "A", "B", "C", "!#$%&'*+-.^_`|~9"])
        #expect(messages[0].values == ["a", "b \t c", "", "", "d"])
    }

    @Test func rfc9110Section5_6_2TokenCharactersAreThoseOfTheGrammar() {
        let grammar = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max { #expect(Octet.isToken(byte) == grammar.contains(byte), "\(byte)") }
    }

    /// RFC 3875 §4.1.18: a gateway reads both names as one variable.
    @Test(arguments: [
        "X_A: 1\r\nX-A: 2", "X-A: 1\r\nx_a: 2", "Content_Length: 3\r\nContent-Length: 3", "A-B_C: 1\r\nA_B-C: 1",
    ])
    func fieldBesideItsUnderscoreTwinIsRefused(_ fields: String) {
        expectRefused(WireCase(fields, fields: fields), 400)
    }

    /// RFC 9110 §5.1: the character itself is a token's.
    @Test func fieldsWithAnUnderscoreAloneAreTaken() {
        expectRead(WireCase("alone", fields: "X_A: 1\r\nX_A: 2\r\nX-B: 3"))
    }

    @Test func rfc6585Section5TooManyOrTooLargeFieldsAreRefused() {
        var limits = WireLimits()
        limits.headerCountMax = 4
        limits.headerBytesMax = 100
        expectRead(WireCase("four", fields: "A: 1\r\nB: 2\r\nC: 3"), limits: limits)
        expectRefused(WireCase("five", fields: "A: 1\r\nB: 2\r\nC: 3\r\nD: 4"), 431, limits: limits)
        let long = String(repeating: "x", count: 100)
        expectRefused(WireCase("long value", fields: "A: \(long)"), 431, limits: limits)
        expectRefused(WireCase("long name", fields: "\(long): a"), 431, limits: limits)
        let blank = String(repeating: " ", count: 100)
        expectRefused(WireCase("long white space", fields: "A:\(blank)b"), 431, limits: limits)
    }

    @Test func rfc9112Section9_3PersistenceFollowsVersionAndConnection() throws {
        for (line, field, stays) in [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false), ("HTTP/1.0", "", false),
            ("HTTP/1.1", "Connection: foo, CLOSE , bar\r\n", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
            ("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n", false),
            ("HTTP/1.1", "Connection: upgrade\r\nUpgrade: websocket\r\n", true),
            ("HTTP/1.1", "Connection: closed\r\n", true),
        ] {
            let head = try head("GET / \(line)\r\nHost: a\r\n\(field)\r\n")
            #expect(head.facts.isPersistent == stays, "\(line) \(field)")
        }
    }

    @Test func rfc9110Section10_1_1ExpectationsAreReadButNotFromHTTP10() throws {
        #expect(try head("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n").facts.expectation == .continue)
        #expect(try head("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n").facts.expectation == .unknown)
        #expect(
            try head("POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nExpect: 100-continue\r\n\r\n").facts.expectation
                == .unknown)
        #expect(try head("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").facts.expectation == .none)
    }

    @Test func fieldsAreFoundInAnyCaseAndInOrder() throws {
        let head = try head("GET / HTTP/1.1\r\nHost: a\r\nX-Multi: 1\r\nx-multi: 2\r\nEmpty:\r\n\r\n")
        #expect(head.value("x-MULTI") == "1" && head.values("X-Multi") == ["1", "2"] && head.value("empty") == "")
        #expect(head.value("x-mult") == nil && head.bytes("host").map(Array.init) == Array("a".utf8))
    }

    @Test func headMadeInProcessCannotCarryWhatAWireCouldNot() {
        let head = RequestHead(
            method: .get, target: "/a b\r\nX: y?q=é",
            fields: [("A", "b"), ("C", "d\r\nE: f"), ("G H", "i"), ("Host", "h")])
        #expect(head.target == "/a%20b%0D%0AX:%20y?q=%C3%A9")
        #expect(head.path == "/a%20b%0D%0AX:%20y" && head.query == "q=%C3%A9")
        #expect(head.value("a") == "b" && head.value("c") == nil && head.value("e") == nil && head.value("host") == "h")
    }

    private func head(_ text: String) throws -> RequestHead {
        var parser = RequestParser()
        var offset = 0
        guard case .head(let head, _) = try parser.next(Array(text.utf8).span, &offset) else {
            throw WireError(400, "incomplete")
        }
        return head
    }
}

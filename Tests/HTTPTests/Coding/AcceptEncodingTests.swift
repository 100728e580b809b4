import Testing

@testable import HTTP

/// RFC 9110 §12.5.3 and §12.4.2.
struct AcceptEncodingTests {
    @Test(arguments: [
        ("gzip", ContentCoding.gzip, true), ("GZip", .gzip, true), ("x-gzip", .gzip, true), ("deflate", .deflate, true),
        ("gzip, deflate, br, zstd", .gzip, true), ("deflate, gzip", .gzip, true),
        ("gzip;q=0.5, deflate;q=0.501", .deflate, true), ("br;q=1.0, gzip;q=0.8, *;q=0.1", .gzip, true),
        ("*", .gzip, true), ("gzip;q=0, *", .deflate, true), ("", nil, true), (",, ,", nil, true), ("br", nil, true),
        ("identity", nil, true), ("identity, gzip;q=0.5", nil, true), ("identity;q=0.5, gzip;q=0.5", .gzip, true),
        ("gzip;q=0", nil, true), ("gzip;q=0.000", nil, true), ("gzip;q=0.001", .gzip, true),
        ("identity;q=0", nil, false), ("*;q=0", nil, false), ("*;q=0, identity;q=0.1", nil, true),
        ("identity;q=0, gzip", .gzip, false), ("identity;q=0, br", nil, false), ("*;q=0, gzip", .gzip, false),
        ("gzip ; q=1", .gzip, true), ("gzip;Q=1.000", .gzip, true), ("gzip\t;\tq=0.", nil, true),
        // What cannot be read asks for nothing.
        ("gzip;q=1.001", nil, true), ("gzip;q=2", nil, true), ("gzip;q=0.0001", nil, true), ("gzip;q=", nil, true),
        ("gzip;q", nil, true), ("gzip;x=1", nil, true), ("gzip;q=-1", nil, true), ("gzip q=1", nil, true),
        ("gzip;q=1;q=0", nil, true), ("gzip/1", nil, true), ("identity;q=x, gzip", .gzip, true),
    ])
    func preferenceIsRead(_ field: String, _ preferred: ContentCoding?, _ allowsIdentity: Bool) {
        let wanted = AcceptEncoding([Array(field.utf8)[...]])
        #expect(wanted.preferred == preferred, "\(field)")
        #expect(wanted.allowsIdentity == allowsIdentity, "\(field)")
    }

    @Test func severalFieldsAreOneList() {
        let fields = ["br", "gzip;q=0.2", "deflate"].map { Array($0.utf8)[...] }
        #expect(AcceptEncoding(fields).preferred == .deflate)
        #expect(AcceptEncoding([]).preferred == nil)
    }

    @Test(arguments: [
        ("application/json", true), ("Application/JSON; charset=utf-8", true), ("application/problem+json", true),
        ("text/plain", true), ("text/html;charset=utf-8", true), ("image/svg+xml", true),
        ("text/event-stream", false), ("Text/Event-Stream; charset=utf-8", false), ("image/png", false),
        ("application/octet-stream", false), ("application/gzip", false), ("", false), ("json", false),
    ])
    func whatIsTextIsWorthIt(_ type: String, _ isWorthIt: Bool) {
        #expect(CompressibleType.contains(type) == isWorthIt)
    }

    /// RFC 9110 §8.8.3.3: a tag of its own for each coding.
    @Test func tagsGetTheirSuffixAndLoseIt() {
        #expect(CodedEntityTag.adding(.gzip, to: "\"a\"") == "\"a-gzip\"")
        #expect(CodedEntityTag.adding(.deflate, to: "W/\"a\"") == "W/\"a-deflate\"")
        #expect(CodedEntityTag.adding(.gzip, to: "a") == "a")
        func plain(_ list: String, _ codings: [ContentCoding]) -> String? {
            CodedEntityTag.removing(codings, from: Array(list.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(plain("\"a-gzip\"", [.gzip]) == "\"a\"")
        #expect(plain("W/\"a-gzip\", \"b\" ,\"c-deflate\"", [.gzip, .deflate]) == "W/\"a\", \"b\" ,\"c\"")
        #expect(plain("\"a-gzip\"", [.deflate]) == nil)
        #expect(plain("*", [.gzip, .deflate]) == nil)
        #expect(plain("-gzip\"", [.gzip]) == "\"")
        #expect(plain("", [.gzip]) == nil)
    }
}

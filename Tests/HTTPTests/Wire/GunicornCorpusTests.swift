import Testing

@testable import HTTP

/// Raw requests of gunicorn's test suite.
@Suite(.enabled(if: Corpora.isPresent("gunicorn-http") || Corpora.isCI, "the corpora are not on this machine"))
struct GunicornCorpusTests {
    static let invalid = Corpora.files("gunicorn-http/invalid", ending: ".http")
    static let valid = Corpora.files("gunicorn-http/valid", ending: ".http")

    static func bytes(_ path: String) -> [UInt8] {
        Corpora.expanded(Corpora.bytes("gunicorn-http/\(path)").filter { $0 != 10 })
    }

    /// Where we refuse on purpose what gunicorn lets through.
    static let refusedOnPurpose: [String: String] = [
        "009.http": "Content-Length beside Transfer-Encoding (RFC 9112 §6.1)",
        "025.http": "gzip is no coding that we decode (RFC 9112 §6.1: 501)",
        "025_line.http": "gzip is no coding that we decode (RFC 9112 §6.1: 501)",
        "027.http": "a target is ASCII (RFC 3986 §2)",
        "029.http": "identity is no transfer coding any more (RFC 9112 §7: 501)",
        "030.http": "identity is no transfer coding any more (RFC 9112 §7: 501)",
        "031.http": "an unknown method (RFC 9110 §9.1: 501)",
        "040.http": "Content_Length beside Content-Length: one of the two is a forgery",
        "rfc9112_smuggle_gzip_chunked_01.http": "gzip is no coding that we decode (RFC 9112 §6.1: 501)",
        "rfc9112_smuggle_te_identity_chunked_01.http": "identity is no transfer coding any more (RFC 9112 §7: 501)",
    ]

    /// Cases about limits, which gunicorn sets lower than we do; they hold under its own.
    static func limits(of name: String) -> WireLimits {
        var limits = WireLimits.lenientAboutHost
        switch name {
        case "006.http": limits.requestLineBytesMax = 4_094
        case "007.http", "008.http", "017.http": limits.headerBytesMax = 8_180
        default: break
        }
        return limits
    }

    @Test func theCorpusIsThere() {
        #expect(Self.invalid.count >= 60 && Self.valid.count >= 50, "looked in \(Corpora.root)")
    }

    @Test(arguments: invalid)
    func invalidRequestIsRefusedOrNeverComplete(_ name: String) {
        let bytes = Self.bytes("invalid/\(name)")
        let reading = WireReading(bytes, limits: Self.limits(of: name))
        if let error = reading.error {
            #expect([400, 413, 414, 431, 501, 505].contains(error.status))
        } else {
            #expect(!reading.isEverythingUsed)
        }
        #expect(reading.messages.isEmpty, "\(name) was read as \(reading.messages)")
    }

    @Test(arguments: valid)
    func validRequestIsReadToItsEnd(_ name: String) {
        let reading = WireReading(Self.bytes("valid/\(name)"))
        if let reason = Self.refusedOnPurpose[name] {
            #expect(reading.error != nil, "no longer refused: \(reason)")
        } else if name == "099.http" {
            // Its Content-Length promises twice what the file holds.
            #expect(reading.error == nil && reading.partial != nil)
        } else {
            #expect(reading.error == nil)
            #expect(reading.isEverythingUsed && !reading.messages.isEmpty)
        }
    }

    @Test(arguments: invalid.map { "invalid/\($0)" } + valid.map { "valid/\($0)" })
    func everyCutGivesTheSameReading(_ path: String) {
        let bytes = Self.bytes(path)
        let whole = WireReading(bytes)
        for cut in 0...bytes.count where WireReading(bytes, cuts: [cut]) != whole {
            Issue.record("\(path) cut at \(cut): \(WireReading(bytes, cuts: [cut])), whole: \(whole)")
            return
        }
        #expect(WireReading(bytes, cuts: Array(1..<max(1, bytes.count))) == whole, "\(path) byte by byte")
    }
}

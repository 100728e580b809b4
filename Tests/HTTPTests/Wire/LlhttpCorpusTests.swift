import Testing

@testable import HTTP

/// Request cases of llhttp, the parser of Node.js.
@Suite(.enabled(if: Corpora.isPresent("llhttp") || Corpora.isCI, "the corpora are not on this machine"))
struct LlhttpCorpusTests {
    static let cases = LlhttpCase.all()

    /// llhttp stops for its caller to decide about an upgrade, or about what follows `Connection: close`. Our server
    /// ignores Upgrade (RFC 9110 §7.8), refuses CONNECT and drops what follows (RFC 9112 §9.6): no refusal by the
    /// parser.
    static let pauses: Set<Int> = [5, 21, 22, 23]

    /// Read by llhttp, refused here on purpose.
    static func refusal(of sample: LlhttpCase, _ error: WireError) -> String? {
        let text = String(decoding: sample.request, as: UTF8.self)
        let method = sample.spans["method"] ?? ""
        if error.status == 501, Method(rawValue: method) == nil { return "an unknown method (RFC 9110 §9.1)" }
        if error.status == 501, text.contains("deflate") { return "a coding that we do not decode (RFC 9112 §6.1)" }
        if !text.contains(" HTTP/1.") { return "no HTTP/1.x (RFC 9112 §2.3)" }
        return nil
    }

    @Test func theCorpusIsThere() {
        #expect(Self.cases.count >= 70, "looked in \(Corpora.root)")
    }

    @Test(arguments: cases)
    func isReadOrRefusedAsByLlhttp(_ sample: LlhttpCase) throws {
        let reading = WireReading(sample.request)
        if let code = sample.errorCode, !Self.pauses.contains(code) {
            #expect(reading.error != nil || !reading.isEverythingUsed, "error \(code) expected, read \(reading)")
            return
        }
        let messages = reading.messages + (reading.partial.map { [$0] } ?? [])
        if let error = reading.error {
            // What follows an upgrade is no HTTP any more; the request before it was read.
            let wasReadBefore = sample.errorCode != nil && !messages.isEmpty
            #expect(wasReadBefore || Self.refusal(of: sample, error) != nil, "\(sample.name): \(error)")
            return
        }
        guard sample.errorCode == nil else { return }
        try #require(!messages.isEmpty)
        expectSpans(messages, of: sample, isCutShort: !reading.isEverythingUsed)
    }

    /// - Parameter isCutShort: the last head is incomplete; that parser logs its pieces, ours keeps them.
    private func expectSpans(_ messages: [WireReading.Message], of sample: LlhttpCase, isCutShort: Bool) {
        func matches(_ found: String, _ kind: String) -> Bool {
            let expected = sample.spans[kind] ?? ""
            return isCutShort ? expected.hasPrefix(found) : expected == found
        }
        let values = messages.flatMap(\.values).joined()
        #expect(matches(messages.map(\.method).joined(), "method"))
        #expect(matches(messages.map(\.target).joined(), "url"))
        #expect(matches(messages.flatMap(\.names).joined(), "header_field"))
        // A byte of obs-text is logged as Latin-1.
        #expect(
            matches(values, "header_value") || matches(values.replacing("\u{FFFD}", with: "\u{FF}"), "header_value"))
        #expect(matches(String(decoding: messages.flatMap(\.body), as: UTF8.self), "body"))
    }

    @Test(arguments: cases)
    func everyCutGivesTheSameReading(_ sample: LlhttpCase) {
        let whole = WireReading(sample.request)
        for cut in 0...sample.request.count where WireReading(sample.request, cuts: [cut]) != whole {
            Issue.record("\(sample.name) cut at \(cut): \(WireReading(sample.request, cuts: [cut])), whole: \(whole)")
            return
        }
        #expect(WireReading(sample.request, cuts: Array(1..<max(1, sample.request.count))) == whole)
    }
}

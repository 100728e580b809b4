import Testing

@testable import HTTP

/// A request in short: `\r\n` are written out, Host is added where a case is not about it.
struct WireCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    /// - Parameter fields: the header section and what follows it; without a blank line one is added.
    init(_ name: String, _ line: String = "POST / HTTP/1.1", fields: String) {
        self.init(name, raw: "\(line)\r\nHost: a\r\n\(fields)\(fields.contains("\r\n\r\n") ? "" : "\r\n\r\n")")
    }

    init(_ name: String, raw: String) {
        testDescription = name
        bytes = Array(raw.utf8)
    }

    /// A chunked body.
    static func chunked(_ name: String, _ body: String) -> WireCase {
        WireCase(name, fields: "Transfer-Encoding: chunked\r\n\r\n\(body)")
    }
}

/// Refused with that status, whole and at every cut.
func expectRefused(_ sample: WireCase, _ status: Int, limits: WireLimits = WireLimits(), bodyBytesMax: Int = .max) {
    let whole = WireReading(sample.bytes, limits: limits, bodyBytesMax: bodyBytesMax)
    #expect(whole.error?.status == status, "\(sample.testDescription): \(whole)")
    expectSameAtEveryCut(sample, whole, limits, bodyBytesMax)
}

/// Read to its end, whole and at every cut. Returns the requests.
@discardableResult
func expectRead(
    _ sample: WireCase, limits: WireLimits = WireLimits(), bodyBytesMax: Int = .max
) -> [WireReading.Message] {
    let whole = WireReading(sample.bytes, limits: limits, bodyBytesMax: bodyBytesMax)
    #expect(whole.error == nil && whole.isEverythingUsed, "\(sample.testDescription): \(whole)")
    expectSameAtEveryCut(sample, whole, limits, bodyBytesMax)
    return whole.messages
}

private func expectSameAtEveryCut(
    _ sample: WireCase, _ whole: WireReading, _ limits: WireLimits, _ bodyBytesMax: Int
) {
    for cut in 0...sample.bytes.count {
        let reading = WireReading(sample.bytes, cuts: [cut], limits: limits, bodyBytesMax: bodyBytesMax)
        guard reading != whole else { continue }
        Issue.record("\(sample.testDescription) cut at \(cut): \(reading), whole: \(whole)")
        return
    }
}

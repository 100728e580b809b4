@testable import HTTP

/// Requests off the wire.
enum RequestParserFuzz {
    /// The same reading wherever the input is cut, sound messages, and canonical forms that are read as what they were
    /// made from.
    static func violation(_ raw: [UInt8]) -> String? {
        let input = FuzzInput(raw)
        let limits = limits(input.choices)
        let bodyBytesMax = input.choices & 4 == 0 ? Int.max : 16
        let whole = RequestReading([input.bytes[...]], limits, bodyBytesMax: bodyBytesMax)
        for single in [false, true] where !single || input.bytes.count <= 512 {
            let cut = RequestReading(input.pieces(single: single), limits, bodyBytesMax: bodyBytesMax)
            guard cut == whole else { return "cut at \(single ? [] : input.cuts): \(cut), whole: \(whole)" }
        }
        if let status = whole.error?.status, ![400, 413, 414, 431, 501, 505].contains(status) {
            return "status \(status)"
        }
        for message in whole.messages {
            if let fault = fault(of: message, bodyBytesMax) { return "\(fault): \(message)" }
        }
        return differenceOfCanonical(whole.messages, limits)
    }

    private static func limits(_ choices: UInt8) -> WireLimits {
        var limits = WireLimits()
        limits.demandsHost = choices & 1 == 0
        if choices & 2 != 0 {
            limits.requestLineBytesMax = 48
            limits.headerBytesMax = 160
            limits.headerCountMax = 6
            limits.chunkExtensionBytesMax = 12
        }
        return limits
    }

    private static func differenceOfCanonical(_ messages: [RequestReading.Message], _ limits: WireLimits) -> String? {
        guard !messages.isEmpty else { return nil }
        var roomy = WireLimits()
        roomy.demandsHost = limits.demandsHost
        // A space behind each colon may be new.
        roomy.headerBytesMax += roomy.headerCountMax
        let again = RequestReading([messages.flatMap(\.canonical)[...]], roomy, bodyBytesMax: .max)
        guard again.messages == messages, again.error == nil, again.partial == nil else {
            return "canonical form read as \(again), made from \(messages)"
        }
        return nil
    }

    /// What every handler relies on.
    private static func fault(of message: RequestReading.Message, _ bodyBytesMax: Int) -> String? {
        guard Method(rawValue: message.method) != nil else { return "a method" }
        guard !message.target.isEmpty, message.target.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "a target" }
        for field in message.fields {
            guard !field[0].isEmpty, field[0].allSatisfy(isTokenByte) else { return "a field's name" }
            guard field[1].allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 != 0x7F }) else { return "a field's value" }
            guard field[1].first.map(isBlank) != true, field[1].last.map(isBlank) != true else { return "white space" }
        }
        for name in ["host", "content-length", "authorization", "content-type"] where message.values(name).count > 1 {
            return "\(name) twice"
        }
        guard message.body.count <= bodyBytesMax else { return "a body over its limit" }
        return framingFault(of: message) ?? pathFault(of: message)
    }

    /// RFC 9112 §6.3: what the fields say is how the body was read.
    private static func framingFault(of message: RequestReading.Message) -> String? {
        let length = message.values("content-length").first.map { Int(String(decoding: $0, as: UTF8.self)) }
        let isCoded = !message.values("transfer-encoding").isEmpty
        switch message.framing {
        case .none: return isCoded || (length ?? 0) != 0 || !message.body.isEmpty ? "a body that was not read" : nil
        case .length(let count): return isCoded || length != count || message.body.count != count ? "a length" : nil
        case .chunked:
            let codings = message.values("transfer-encoding").map { String(decoding: $0, as: UTF8.self).lowercased() }
            let elements = codings.joined(separator: ",").split { ", \t".contains($0) }
            return elements == ["chunked"] && length == nil ? nil : "chunks without their field"
        }
    }

    private static func pathFault(of message: RequestReading.Message) -> String? {
        guard message.target.first == UInt8(ascii: "/"), !message.target.contains(UInt8(ascii: "#")) else { return nil }
        let joined = message.path + (message.query.map { [UInt8(ascii: "?")] + $0 } ?? [])
        return joined == message.target && !message.path.contains(UInt8(ascii: "?")) ? nil : "path and query"
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 9 }

    /// RFC 9110 §5.6.2, apart from the table that is under test.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

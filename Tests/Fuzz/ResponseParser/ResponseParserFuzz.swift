@testable import HTTP

/// Answers of a provider.
enum ResponseParserFuzz {
    /// The same reading wherever the input is cut, bodies as long as their heads say, and canonical forms that are read
    /// as what they were made from.
    static func violation(_ raw: [UInt8]) -> String? {
        let input = FuzzInput(raw)
        var limits = WireLimits()
        if input.choices & 1 != 0 {
            limits.headerBytesMax = 128
            limits.headerCountMax = 4
            limits.chunkExtensionBytesMax = 12
        }
        let whole = ResponseReading([input.bytes[...]], limits)
        for single in [false, true] where !single || input.bytes.count <= 512 {
            let cut = ResponseReading(input.pieces(single: single), limits)
            guard cut == whole else { return "cut at \(single ? [] : input.cuts): \(cut), whole: \(whole)" }
        }
        if let status = whole.error?.status, ![400, 413, 431].contains(status) { return "status \(status)" }
        for message in whole.messages {
            guard (200...999).contains(message.status) else { return "status of \(message)" }
            let isEmpty = message.status == 204 || message.status == 304
            let expected = isEmpty ? 0 : message.contentLength ?? message.body.count
            guard message.body.count == expected else { return "length of \(message)" }
            guard (message.isPersistent != nil) == isFramed(message) else { return "the end of \(message)" }
        }
        return differenceOfCanonical(whole.messages)
    }

    private static func isFramed(_ message: ResponseReading.Message) -> Bool {
        message.contentLength != nil || message.values[2] != nil || message.status == 204 || message.status == 304
    }

    private static func differenceOfCanonical(_ messages: [ResponseReading.Message]) -> String? {
        let again = ResponseReading([messages.flatMap(canonical)[...]], WireLimits())
        guard again.messages.count == messages.count, again.error == nil, again.partial == nil else {
            return "canonical form read as \(again), made from \(messages)"
        }
        for (one, other) in zip(again.messages, messages) {
            guard one.status == other.status, one.body == other.body, one.isPersistent == other.isPersistent else {
                return "\(other) became \(one)"
            }
        }
        return nil
    }

    private static func canonical(_ message: ResponseReading.Message) -> [UInt8] {
        var bytes = Array("HTTP/1.1 \(message.status) \r\n".utf8)
        let isEmpty = message.status == 204 || message.status == 304
        if message.isPersistent == false { bytes += Array("Connection: close\r\n".utf8) }
        if message.values[2] != nil, !isEmpty {
            bytes += Array("transfer-encoding:chunked\r\n\r\n".utf8)
            if !message.body.isEmpty {
                bytes += Array("\(String(message.body.count, radix: 16))\r\n".utf8) + message.body
                bytes += Array("\r\n".utf8)
            }
            return bytes + Array("0\r\n\r\n".utf8)
        }
        if let length = message.contentLength { bytes += Array("Content-Length: \(length)\r\n".utf8) }
        return bytes + Array("\r\n".utf8) + message.body
    }
}

/// Reads an answer's head line by line, as curl hands it over, and keeps the few fields that the gateway needs.
struct AnswerHead: Sendable {
    private(set) var head = UpstreamHead(status: 0)
    private(set) var isWhole = false
    private(set) var isTooLarge = false
    private var bytesLeft: Int

    init(bytesMax: Int) {
        bytesLeft = bytesMax
    }

    /// - Parameter line: with its CRLF; the status line and the empty line are lines too.
    /// - Returns: false when the head is larger than it may be.
    mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
        bytesLeft -= line.count
        guard bytesLeft >= 0 else {
            isTooLarge = true
            return false
        }
        let line = UnsafeRawBufferPointer(rebasing: line[..<Self.lengthWithoutEnd(line)])
        if line.isEmpty {
            // The head of an interim answer (1xx, RFC 9110 §15.2) is followed by another.
            isWhole = head.status >= 200
        } else if Self.isStatusLine(line) {
            head = UpstreamHead(status: Self.status(in: line))
        } else {
            field(line)
        }
        return true
    }

    private mutating func field(_ line: UnsafeRawBufferPointer) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        switch colon {
        case 11 where Self.matches(line, "retry-after"): head.retryAfter = Self.value(line, after: colon)
        case 14 where Self.matches(line, "retry-after-ms"):
            head.retryAfterMilliseconds = Self.value(line, after: colon)
        default: break
        }
    }

    private static func lengthWithoutEnd(_ line: UnsafeRawBufferPointer) -> Int {
        var length = line.count
        while length > 0, line[length - 1] == 0x0A || line[length - 1] == 0x0D { length -= 1 }
        return length
    }

    private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
        line.count > 5 && line[0] == UInt8(ascii: "H") && line[4] == UInt8(ascii: "/") && matches(line, "http/")
    }

    /// The three digits after the first space; 0 when there are none.
    private static func status(in line: UnsafeRawBufferPointer) -> Int {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")), line.count >= space + 4 else { return 0 }
        var status = 0
        for byte in line[(space + 1)...(space + 3)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return 0 }
            status = status * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return status
    }

    /// Whether the line starts with `name`, which is written in lower case.
    private static func matches(_ line: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            guard line.count >= name.count else { return false }
            for index in name.indices {
                let byte = line[index]
                let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                if lower != name[index] { return false }
            }
            return true
        }
    }

    private static func value(_ line: UnsafeRawBufferPointer, after colon: Int) -> String {
        var text = line[(colon + 1)...]
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }
}

/// WHATWG HTML §9.2.6, as it is written there: on the whole stream, without regard for speed or bounds.
struct ReferenceEventStream {
    struct Event: Equatable {
        var name: String?
        var data: [UInt8]
        var id: String?
        var retry: Int?
    }

    private(set) var events: [Event] = []
    private var name: String?
    private var data: [[UInt8]] = []
    private var id: String?
    private var retry: Int?
    private var sawLine = false

    init(_ bytes: [UInt8]) {
        var lines = Self.lines(bytes)
        if let first = lines.first, first.starts(with: [0xEF, 0xBB, 0xBF]) {
            lines[0] = Array(first.dropFirst(3))
            // Three bytes that are passed on: comments alone are told too, and a mark alone is no more than they.
            sawLine = true
        }
        for line in lines {
            if line.isEmpty { dispatch() } else { take(line) }
        }
    }

    /// Complete lines: what no line end follows is not one.
    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var before: UInt8?
        for byte in bytes {
            if byte == 10, before == 13 {
                before = byte
                continue
            }
            before = byte
            if byte == 10 || byte == 13 {
                lines.append(line)
                line = []
            } else {
                line.append(byte)
            }
        }
        return lines
    }

    private mutating func take(_ line: [UInt8]) {
        sawLine = true
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? Array(parts[1]) : []
        if value.first == 0x20 { value.removeFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: parts[0], as: UTF8.self) {
        case "data": data.append(value)
        case "event": name = value.isEmpty ? nil : text
        case "id": if !value.contains(0) { id = text }
        case "retry":
            let isNumber = !value.isEmpty && value.allSatisfy { (0x30...0x39).contains($0) }
            if isNumber, let number = Int(text) { retry = number }
        default: break
        }
    }

    private mutating func dispatch() {
        defer { (name, data, retry, sawLine) = (nil, [], nil, false) }
        guard sawLine else { return }
        events.append(Event(name: name, data: Array(data.joined(separator: [10])), id: id, retry: retry))
    }
}

/// A request or an answer as it stood on the wire.
struct WireMessage: Sendable {
    let firstLine: String
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []
    /// Whether the body ended as its framing promised.
    var isWhole = true

    var text: String { String(decoding: body, as: UTF8.self) }
    var status: Int { Int(firstLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    subscript(name: String) -> String? {
        fields.first { $0.name == name.lowercased() }?.value
    }

    /// - Returns: nil until the blank line is there; then the head, and where its body starts.
    static func head(of bytes: [UInt8]) -> (WireMessage, bodyStart: Int)? {
        guard bytes.count >= 4 else { return nil }
        let blank = Array("\r\n\r\n".utf8)
        guard let end = (0...(bytes.count - 4)).first(where: { bytes[$0..<($0 + 4)].elementsEqual(blank) }) else {
            return nil
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let fields = lines.dropFirst().map { line -> (name: String, value: String) in
            let sides = line.split(separator: ":", maxSplits: 1)
            let value = sides.count == 2 ? String(sides[1].drop { $0 == " " }) : ""
            return (sides[0].lowercased(), value)
        }
        return (WireMessage(firstLine: String(lines.first ?? ""), fields: fields), end + 4)
    }

    /// The content of as many whole chunks as there are, and whether the last one was among them.
    static func unchunked(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], isWhole: Bool) {
        var rest = bytes
        var body: [UInt8] = []
        while let end = rest.firstIndex(of: 0x0A) {
            let size = Int(String(decoding: rest[rest.startIndex..<(end - 1)], as: UTF8.self), radix: 16) ?? 0
            if size == 0 { return (body, true) }
            guard rest.endIndex >= end + 1 + size + 2 else { break }
            body += rest[(end + 1)..<(end + 1 + size)]
            rest = rest[(end + 3 + size)...]
        }
        return (body, false)
    }
}

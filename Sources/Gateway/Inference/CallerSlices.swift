import HTTP
import JSON

/// The dimensions that a call's metrics are broken down by: `X-Signalbox-Slice: language=zh,domain=billing`, and the
/// strings of `metadata` that can be one. The header wins over the metadata.
struct CallerSlices: Sendable {
    static let countMax = 16
    static let nameLengthMax = 64
    static let valueLengthMax = 128

    private(set) var pairs: [(name: String, value: String)] = []
    /// Entries of the metadata that cannot be slices (not a string, too long, too many): they still reach the provider.
    private(set) var skipped = 0

    /// - Throws: 400 for a header that is not such a list; nobody would miss what a typing error dropped.
    init(_ request: Request, metadata: JSONObject?) throws(OpenAIError) {
        if let header = request.head.value(known: "x-signalbox-slice") { try read(header) }
        guard let metadata else { return }
        for (name, value) in metadata where name != "user_id" && name != "session_id" {
            guard !pairs.contains(where: { $0.name == name }) else { continue }
            if let text = value.stringValue, pairs.count < Self.countMax, Self.isName(name), Self.isValue(text) {
                pairs.append((name, text))
            } else {
                skipped += 1
            }
        }
    }

    private mutating func read(_ header: String) throws(OpenAIError) {
        for item in header.split(separator: ",") {
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.trimmed(sides[0])
            let value = sides.count == 2 ? Self.trimmed(sides[1]) : ""
            guard Self.isName(name), Self.isValue(value) else {
                throw .invalid(
                    "X-Signalbox-Slice must be name=value pairs separated by commas, such as language=zh,tier=free",
                    param: "X-Signalbox-Slice")
            }
            guard pairs.count < Self.countMax, !pairs.contains(where: { $0.name == name }) else {
                throw .invalid(
                    "X-Signalbox-Slice takes each name once and \(Self.countMax) at most", param: "X-Signalbox-Slice")
            }
            pairs.append((name, value))
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }

    private static func isName(_ name: String) -> Bool {
        (1...nameLengthMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                }
            }
    }

    private static func isValue(_ value: String) -> Bool {
        (1...valueLengthMax).contains(value.utf8.count) && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

/// Finds a member of a JSON object by a key that is not known when the program is written: for parameter overrides
/// outside of the common ones.
enum MemberValue {
    /// The range of the value of the top-level member `key`.
    /// - Parameter bytes: an object that has been validated; anything else gives nil or a range within it.
    static func range(of key: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
        var depth = 0
        var at = 0
        var isKey = false
        var matched = false
        var valueStart: Int?
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                let end = endOfString(in: bytes, from: at)
                if depth == 1, isKey {
                    matched = bytes[(at + 1)..<max(at + 1, end - 1)].elementsEqual(key)
                } else if valueStart == nil, matched, depth == 1 {
                    valueStart = at
                }
                at = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 1, matched, valueStart == nil { valueStart = at }
                depth += 1
                if depth == 1 { isKey = true }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0, let valueStart { return valueStart..<trimmedEnd(in: bytes, from: valueStart, to: at) }
            case UInt8(ascii: ":") where depth == 1:
                isKey = false
            case UInt8(ascii: ",") where depth == 1:
                if let valueStart { return valueStart..<trimmedEnd(in: bytes, from: valueStart, to: at) }
                isKey = true
                matched = false
            case 0x20, 0x09, 0x0A, 0x0D:
                break
            default:
                if depth == 1, matched, !isKey, valueStart == nil { valueStart = at }
            }
            at += 1
        }
        return nil
    }

    /// Behind the closing quote.
    private static func endOfString(in bytes: [UInt8], from quote: Int) -> Int {
        var at = quote + 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(at + 1, bytes.count)
    }

    private static func trimmedEnd(in bytes: [UInt8], from start: Int, to end: Int) -> Int {
        var end = end
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return end
    }
}

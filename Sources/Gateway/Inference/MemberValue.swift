import JSON

/// Finds the members of a JSON object with a key that is not known when the program is written: for parameter overrides
/// outside of the common ones.
enum MemberValue {
    /// The ranges of the values of the top-level members `key`, in order: of one that is given twice a provider may
    /// take either, and a key may be written with escapes.
    /// - Parameter bytes: an object that has been validated; anything else gives none or ranges within it.
    static func ranges(of key: String, in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
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
                    matched = isText(bytes[at..<end], key)
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
                if depth == 0 {
                    if let valueStart { found.append(valueStart..<trimmedEnd(in: bytes, from: valueStart, to: at)) }
                    return found
                }
            case UInt8(ascii: ":") where depth == 1:
                isKey = false
            case UInt8(ascii: ",") where depth == 1:
                if let start = valueStart { found.append(start..<trimmedEnd(in: bytes, from: start, to: at)) }
                valueStart = nil
                isKey = true
                matched = false
            case 0x20, 0x09, 0x0A, 0x0D:
                break
            default:
                if depth == 1, matched, !isKey, valueStart == nil { valueStart = at }
            }
            at += 1
        }
        return found
    }

    /// - Parameter quoted: with its quotes.
    private static func isText(_ quoted: ArraySlice<UInt8>, _ key: String) -> Bool {
        guard quoted.contains(UInt8(ascii: "\\")) else {
            return quoted.count >= 2 && quoted.dropFirst().dropLast().elementsEqual(key.utf8)
        }
        return (try? JSONValue(parsing: Array(quoted)))?.stringValue == key
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

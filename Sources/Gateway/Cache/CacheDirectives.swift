import HTTP

/// What a caller's `Cache-Control` asks for (RFC 9111 §5.2.1). What is not known here is passed over, as it says; an
/// age that is no number lets nothing be young enough (§4.2.1).
struct CacheDirectives: Sendable {
    /// Neither answered from the cache nor kept in it.
    private(set) var isNoStore = false
    /// How old an answer may be, in seconds; 0 where none will do.
    private(set) var ageMax = Int.max

    init(_ head: RequestHead) {
        guard head.bytes(known: "cache-control") != nil else { return }
        for field in head.values("cache-control") {
            for directive in field.split(separator: ",") { read(directive) }
        }
    }

    private mutating func read(_ directive: Substring) {
        let sides = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        switch Self.trimmed(sides[0]).lowercased() {
        case "no-store": isNoStore = true
        case "no-cache": ageMax = 0
        case "max-age": ageMax = min(ageMax, sides.count == 2 ? Self.seconds(sides[1]) : 0)
        default: break
        }
    }

    private static func seconds(_ text: Substring) -> Int {
        var text = trimmed(text)
        // §5.2: both forms are to be understood.
        if text.count > 1, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return 0 }
        // §1.2.2: what is too large is as large as can be.
        return Int(text) ?? .max
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

/// Media types that are worth compressing: text, and what is written as text.
enum CompressibleType {
    /// - Parameter type: as Content-Type has it, parameters and all.
    static func contains(_ type: String) -> Bool {
        let essence = type.utf8.prefix { $0 != UInt8(ascii: ";") && !Octet.isWhitespace($0) }
        // An event stream's reader waits for every event by itself.
        if Octet.equal(essence, "text/event-stream".utf8) { return false }
        if Octet.equal(essence.prefix(5), "text/".utf8) { return true }
        if suffixes.contains(where: { Octet.equal(essence.suffix($0.count), $0) }) { return true }
        return types.contains { Octet.equal(essence, $0) }
    }

    private static let suffixes = ["+json".utf8, "+xml".utf8]
    private static let types = [
        "application/json", "application/x-ndjson", "application/jsonl", "application/yaml", "application/xml",
        "application/javascript", "application/openmetrics-text",
    ].map(\.utf8)
}

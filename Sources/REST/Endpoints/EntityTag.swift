import Domain
package import HTTP

/// Strong entity tags (RFC 9110 §8.8.3): a hash of the representation, so that any change of it changes the tag.
package enum EntityTag {
    package static func of(_ representation: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in representation { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(StableHash.mix(hash), radix: 16)
        return "\"" + String(repeating: "0", count: 16 - digits.count) + digits + "\""
    }

    /// Whether the list of a conditional header (`*`, or tags separated by commas) names `tag`.
    package static func matches(_ list: String, _ tag: String, isWeakAllowed: Bool) -> Bool {
        list.split(separator: ",").contains { item in
            let item = String(item.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " }.reversed())
            if item == "*" || item == tag { return true }
            return isWeakAllowed && item == "W/" + tag
        }
    }

    /// `If-Match` compares strongly (RFC 9110 §13.1.1).
    /// - Parameter tag: of the current representation.
    /// - Throws: 412.
    package static func require(_ request: Request, current tag: String) throws {
        if let wanted = list("if-match", request), !matches(wanted, tag, isWeakAllowed: false) {
            throw Problem.preconditionFailed(current: tag)
        }
    }

    /// What a read answers in place of the representation: `If-Match` first, then `If-None-Match` (RFC 9110 §13.2.2).
    /// - Parameter tag: of the representation.
    /// - Returns: whether the caller has it already.
    /// - Throws: 412.
    static func isKnown(to request: Request, current tag: String) throws -> Bool {
        try require(request, current: tag)
        guard let known = list("if-none-match", request) else { return false }
        return matches(known, tag, isWeakAllowed: true)
    }

    /// Fields of the same name are one list (RFC 9110 §5.3).
    private static func list(_ name: String, _ request: Request) -> String? {
        let values = request.head.values(name)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}

@testable import HTTP

/// Paths and queries: what is routed and authorised is one and the same decoded path.
enum RequestTargetFuzz {
    /// Decoding undoes encoding; a path is divided as the plain rule says, or refused for the plain reason; its encoded
    /// segments divide into themselves; queries keep their pairs; a head made in process reads like one off the wire.
    static func violation(_ input: [UInt8]) -> String? {
        let spelt = input.flatMap { percent($0) }
        guard PercentEncoding.decoded(spelt[...]) == input else { return "decoding does not undo encoding" }
        // Off the wire nothing else stands in a target (RFC 9112 §3.2).
        let target = input.filter { $0 > 0x20 && $0 < 0x7F }
        let parts = target.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        let path = [UInt8(ascii: "/")] + (parts.first.map(Array.init) ?? [])
        return pathFault(path) ?? queryFault(parts.count > 1 ? parts[1] : []) ?? headFault(target)
    }

    // MARK: Paths

    private static func pathFault(_ path: [UInt8]) -> String? {
        let text = String(decoding: path, as: UTF8.self)
        let expected = ReferencePath.segments(text)
        let found: [PathSegment]
        do throws(PathFault) { found = try PathSegment.split(path[...]) } catch {
            return expected == nil ? nil : "\(text) is refused: \(error.reason)"
        }
        guard let expected, found.map({ Array($0.bytes) }) == expected else {
            return "\(text) became \(found.map(\.text)), should be \(String(describing: expected))"
        }
        for segment in found where segment.bytes.contains(UInt8(ascii: "/")) != segment.holdsSlash {
            return "an encoded slash goes unseen in \(text)"
        }
        let spelt = found.flatMap { [UInt8(ascii: "/")] + $0.bytes.flatMap { percent($0) } }
        let again = try? PathSegment.split(spelt[...])
        return again?.map { Array($0.bytes) } == expected ? nil : "\(text) spelt anew divides otherwise"
    }

    // MARK: Queries

    private static func queryFault(_ raw: ArraySlice<UInt8>) -> String? {
        let query = QueryParameters(Array(raw)[...])
        guard query.fault == nil else { return nil }
        let pairs = query.all
        for (name, value) in pairs where query.values(name).first == nil || !query.values(name).contains(value) {
            return "the query loses \(name)=\(value)"
        }
        let spelt = pairs.map { pair in
            pair.name.utf8.flatMap { percent($0) } + [UInt8(ascii: "=")] + pair.value.utf8.flatMap { percent($0) }
        }
        let again = QueryParameters(Array(spelt.joined(separator: [UInt8(ascii: "&")]))[...])
        guard again.fault == nil, again.all.elementsEqual(pairs, by: { $0.name == $1.name && $0.value == $1.value })
        else { return "\(pairs) became \(again.all)" }
        return nil
    }

    // MARK: Heads

    private static func headFault(_ target: [UInt8]) -> String? {
        let target = [UInt8(ascii: "/")] + target
        var limits = WireLimits()
        limits.requestLineBytesMax = .max / 2
        limits.headerBytesMax = .max / 2
        let request = Array("GET ".utf8) + target + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        var parser = RequestParser(limits: limits)
        var offset = 0
        guard case .head(let head, .none) = try? parser.next(request.span, &offset) else { return "a head is refused" }
        let made = RequestHead(method: .get, target: String(decoding: target, as: UTF8.self))
        guard head.target == made.target, head.path == made.path, head.query == made.query else {
            return "\(head.path) ? \(head.query ?? "nil") became \(made.path) ? \(made.query ?? "nil")"
        }
        return nil
    }

    private static func percent(_ byte: UInt8) -> [UInt8] {
        let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
        let digits = Array("0123456789abcdefABCDEF".utf8)
        return isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}

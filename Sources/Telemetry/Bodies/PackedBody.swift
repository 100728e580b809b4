import Compression
import Domain
import JSON
import Redaction

/// A body as it goes into the file: without what was sensitive, and compressed.
struct PackedBody: Sendable {
    let packed: PackedBytes
    /// As it was sent or answered.
    let byteCount: Int
    let isCut: Bool
    /// Replacements by kind, as JSON; nil when there were none.
    let redacted: String?

    /// Computes for milliseconds where the body is long: not for a loop's thread.
    init(_ excerpt: BodyExcerpt, bytesMax: Int) {
        var counts: [SensitiveKind: Int] = [:]
        var text = excerpt.bytes
        var isCut = excerpt.isCut
        if excerpt.form == .events {
            var answer = StreamedAnswer(excerpt)
            text = answer.encoded()
            counts = answer.redacted
            isCut = answer.isCut
        } else if let rest = TokenList.removed(from: text) {
            text = rest
        }
        let clean = RedactedBytes(text, keeping: bytesMax)
        counts.merge(clean.counts, uniquingKeysWith: +)
        packed = PackedBytes(packing: clean.bytes, level: Self.level)
        byteCount = excerpt.byteCount
        self.isCut = isCut || clean.isCut
        redacted = counts.isEmpty ? nil : Self.json(counts).text
    }

    /// Of zlib's nine: whoever stores bodies has a core to share with the loops.
    private static let level = 3

    private static func json(_ counts: [SensitiveKind: Int]) -> JSONValue {
        var object = JSONObject()
        for kind in SensitiveKind.allCases {
            if let count = counts[kind] { object[kind.rawValue] = .integer(Int64(count)) }
        }
        return .object(object)
    }
}

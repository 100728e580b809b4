import Compression

/// The content codings that are spoken here (RFC 9110 §8.4.1), of bodies and of answers.
enum ContentCoding: UInt8, Sendable, CaseIterable {
    /// Also asked for and sent as `x-gzip`.
    case gzip
    /// In the zlib format, as §8.4.1.2 has it. The raw form that some once sent is refused: it has no checksum, and two
    /// readers that guess could see two bodies.
    case deflate

    /// As fields name it.
    var name: StaticString {
        switch self {
        case .gzip: "gzip"
        case .deflate: "deflate"
        }
    }

    var format: CompressionFormat {
        switch self {
        case .gzip: .gzip
        case .deflate: .zlib
        }
    }

    /// What stands in Accept-Encoding of a 415 (RFC 9110 §12.5.3).
    static let accepted = "gzip, deflate"

    init?(_ input: Span<UInt8>, _ token: Range<Int>) {
        switch token.count {
        case 4 where FieldName.equals(input, token, "gzip"): self = .gzip
        case 6 where FieldName.equals(input, token, "x-gzip"): self = .gzip
        case 7 where FieldName.equals(input, token, "deflate"): self = .deflate
        default: return nil
        }
    }
}

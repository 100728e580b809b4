import Compression

/// The body of a request that comes compressed, on its way.
struct CodedBody {
    let coding: ContentCoding
    let inflater: Inflater
    /// Bytes at the head of the input which belong to the body and are not expanded yet.
    var pendingCount = 0

    /// Bytes that come out in one turn of the loop, which takes about a millisecond.
    static let bytesPerTurn = 256 * 1_024

    /// - Throws: 503 without memory.
    init(_ coding: ContentCoding, bytesMax: Int, ratioMax: Int) throws(WireError) {
        self.coding = coding
        do throws(CompressionError) {
            inflater = try Inflater(coding.format, .init(bytesMax: bytesMax, ratioMax: ratioMax))
        } catch {
            throw WireError(503, "no memory to expand the body")
        }
    }

    /// What the client is told.
    func refusal(_ error: CompressionError) -> WireError {
        switch error {
        case .corrupt: .malformed("the body is not in the \(format) that the field Content-Encoding says")
        case .truncated:
            .malformed("the body ends before its \(format) does, which the field Content-Encoding says it is")
        case .tooLarge(let bytesMax): WireError(413, "the body expands to more than \(bytesMax) bytes")
        case .tooDense(let ratioMax): WireError(413, "the body expands to more than \(ratioMax) times its size")
        case .outOfMemory: WireError(503, "no memory to expand the body")
        }
    }

    private var format: StaticString {
        switch coding {
        case .gzip: "gzip format (RFC 1952)"
        case .deflate: "zlib format (RFC 1950)"
        }
    }
}

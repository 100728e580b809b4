/// How compressed bytes are wrapped.
package enum CompressionFormat: Sendable {
    /// RFC 1952: one or more members, each with a CRC-32 and its length.
    case gzip
    /// RFC 1950: one stream with an Adler-32.
    case zlib

    /// zlib's window of 32 KiB (15), and 16 on top for a gzip wrapper.
    var windowBits: Int32 {
        switch self {
        case .gzip: 31
        case .zlib: 15
        }
    }
}

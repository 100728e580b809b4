/// RFC 9112 §7.1.1: `;name`, `;name=token` or `;name="quoted"`. Extensions are checked, bounded and ignored.
extension RequestParser {
    mutating func readExtension(_ byte: UInt8) throws(WireError) {
        extensionBytes += 1
        guard extensionBytes <= limits.chunkExtensionBytesMax else {
            throw .malformed("the chunk extensions are longer than \(limits.chunkExtensionBytesMax) bytes")
        }
        switch phase {
        case .extensionStart:
            if Octet.isWhitespace(byte) { return }
            guard Octet.isToken(byte) else { throw Self.extensionFault }
            phase = .extensionName
        case .extensionName:
            if Octet.isToken(byte) { return }
            if byte == UInt8(ascii: "=") { phase = .extensionValueStart } else { try endExtension(byte) }
        case .extensionValueStart:
            if byte == UInt8(ascii: "\"") {
                phase = .extensionQuoted
            } else {
                guard Octet.isToken(byte) else { throw Self.extensionFault }
                phase = .extensionValue
            }
        case .extensionValue:
            if !Octet.isToken(byte) { try endExtension(byte) }
        case .extensionQuoted:
            guard Octet.isFieldValue(byte) else { throw Self.extensionFault }
            if byte == UInt8(ascii: "\"") { phase = .extensionEnd }
            if byte == UInt8(ascii: "\\") { phase = .extensionQuotedPair }
        case .extensionQuotedPair:
            guard Octet.isFieldValue(byte) else { throw Self.extensionFault }
            phase = .extensionQuoted
        default:
            try endExtension(byte)
        }
    }

    private mutating func endExtension(_ byte: UInt8) throws(WireError) {
        switch byte {
        case UInt8(ascii: ";"): phase = .extensionStart
        case Octet.carriageReturn: phase = .chunkSizeLineFeed
        default: throw Self.extensionFault
        }
    }

    private static let extensionFault = WireError.malformed("a chunk extension is malformed")
}

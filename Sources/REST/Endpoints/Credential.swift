package import HTTP

/// Where a key stands in a request: `Authorization: Bearer`, `x-api-key` (Anthropic SDK) or the password of HTTP Basic
/// (Langfuse clients).
package enum Credential {
    /// - Returns: nil when there is none, or when the header is of another scheme.
    package static func find(in head: RequestHead) -> ArraySlice<UInt8>? {
        if let field = head.bytes(known: "authorization") {
            if let token = token(of: field, scheme: "bearer ") { return token }
            if let encoded = token(of: field, scheme: "basic "), let plain = Base64.decoded(encoded),
                let colon = plain.firstIndex(of: UInt8(ascii: ":"))
            {
                return plain[(colon + 1)...]
            }
            return nil
        }
        return head.bytes(known: "x-api-key")
    }

    /// The scheme is case-insensitive (RFC 9110 §11.1).
    private static func token(of field: ArraySlice<UInt8>, scheme: StaticString) -> ArraySlice<UInt8>? {
        let length = scheme.utf8CodeUnitCount
        guard field.count > length else { return nil }
        // The literal is ASCII and `offset` stays below its length.
        for offset in 0..<length where field[field.startIndex + offset] | 0x20 != scheme.utf8Start[offset] | 0x20 {
            return nil
        }
        return field[(field.startIndex + length)...].drop { $0 == UInt8(ascii: " ") }
    }
}

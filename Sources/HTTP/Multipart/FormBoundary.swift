/// What separates the parts of a form, as its Content-Type says (RFC 2046 §5.1.1).
package struct FormBoundary: Sendable, Equatable {
    package let bytes: [UInt8]

    private static let mediaType = Array("multipart/form-data".utf8)
    private static let lengthMax = 70

    /// - Parameter contentType: the field's value; nil when there is none.
    /// - Throws: for another media type, and for what is no boundary.
    package init(contentType: ArraySlice<UInt8>?) throws(FormError) {
        let parts = try FieldParameters(contentType ?? [], of: "Content-Type")
        guard Octet.equal(parts.value, Self.mediaType) else {
            throw FormError("Content-Type", "Content-Type must be multipart/form-data")
        }
        guard let boundary = try parts.value(of: "boundary") else {
            throw FormError("Content-Type", "Content-Type has no boundary")
        }
        guard (1...Self.lengthMax).contains(boundary.count), boundary.allSatisfy(Self.isAllowed),
            boundary.last != Octet.space
        else { throw FormError("Content-Type", "the boundary is not what RFC 2046 lets it be") }
        bytes = boundary
    }

    /// The field's value for a form that is passed on: of what the client wrote there, the boundary alone, so that no
    /// two readers can take it for different ones.
    package var contentType: String {
        let text = String(decoding: bytes, as: UTF8.self)
        return "multipart/form-data; boundary=" + (bytes.allSatisfy(Octet.isToken) ? text : "\"\(text)\"")
    }

    /// bchars.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }
}

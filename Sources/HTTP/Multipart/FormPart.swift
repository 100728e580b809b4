/// The head of one part of a form (RFC 7578 §4).
package struct FormPart: Sendable, Equatable {
    package let name: String
    /// Whether it has a file's name.
    package let isFile: Bool
    /// That name where it is given plainly and in UTF-8: what the client calls the file, and never a path to be used.
    package let fileName: String?

    private static let fieldsMax = 16
    /// RFC 7578 §4.7: nobody encodes the parts of a form, and not everybody would decode them.
    private static let plainEncodings: [StaticString] = ["7bit", "8bit", "binary"]

    /// - Parameter head: lines that all end with CRLF, without the empty one.
    init(_ head: ArraySlice<UInt8>) throws(FormError) {
        var disposition: ArraySlice<UInt8>?
        var count = 0
        var rest = head
        while let end = rest.firstIndex(of: Octet.lineFeed) {
            let line = rest[..<end].dropLast()
            rest = rest[(end + 1)...]
            count += 1
            guard count <= Self.fieldsMax else {
                throw FormError(nil, "a part of the form has more than \(Self.fieldsMax) header fields")
            }
            let (name, value) = try Self.field(line)
            if Octet.equal(name, "content-disposition".utf8) {
                guard disposition == nil else { throw FormError(nil, "a part of the form has two Content-Disposition") }
                disposition = value
            } else if Octet.equal(name, "content-transfer-encoding".utf8) {
                let isPlain = Self.plainEncodings.contains { known in
                    value.withUnsafeBufferPointer { Octet.equal($0, known) }
                }
                guard isPlain else {
                    throw FormError("Content-Transfer-Encoding", "the parts of a form must not be encoded")
                }
            }
        }
        guard let disposition else { throw FormError(nil, "a part of the form has no Content-Disposition") }
        try self.init(disposition: disposition)
    }

    private init(disposition: ArraySlice<UInt8>) throws(FormError) {
        let parts = try FieldParameters(disposition, of: "Content-Disposition")
        guard Octet.equal(parts.value, "form-data".utf8) else {
            throw FormError("Content-Disposition", "the Content-Disposition of a part must be form-data")
        }
        // RFC 7578 §4.2: in forms the name is never given so.
        guard try parts.value(of: "name*") == nil else {
            throw FormError("Content-Disposition", "name* is not allowed in a form")
        }
        guard let bytes = try parts.value(of: "name"), let name = String(validating: bytes, as: UTF8.self) else {
            throw FormError("Content-Disposition", "a part of the form has no name in UTF-8")
        }
        // Some readers take it for an escape, others for itself.
        guard !bytes.contains(UInt8(ascii: "\\")) else {
            throw FormError(name, "the name of a part must not hold a backslash")
        }
        self.name = name
        let plain = try parts.value(of: "filename")
        let extended = try parts.value(of: "filename*")
        isFile = plain != nil || extended != nil
        fileName = plain.flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func field(
        _ line: ArraySlice<UInt8>
    ) throws(FormError) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        // White space in front would be a line that goes on (obs-fold), which is refused with it.
        let name = line.prefix(while: Octet.isToken)
        guard !name.isEmpty, name.endIndex < line.endIndex, line[name.endIndex] == UInt8(ascii: ":") else {
            throw FormError(nil, "a header field of a part has no proper name")
        }
        var value = line[(name.endIndex + 1)...].drop(while: Octet.isWhitespace)
        while let last = value.last, Octet.isWhitespace(last) { value.removeLast() }
        guard value.allSatisfy(Octet.isFieldValue) else {
            throw FormError(String(decoding: name, as: UTF8.self), "a header field of a part holds a control character")
        }
        return (name, value)
    }
}

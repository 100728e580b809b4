/// A header field's value with its parameters: `form-data; name="file"; filename="a.wav"` (RFC 9110 §5.6.6). What
/// readers are known to take for different things is refused.
struct FieldParameters {
    let value: ArraySlice<UInt8>
    private(set) var parameters: [(name: ArraySlice<UInt8>, value: [UInt8])] = []
    private let field: String

    private static let countMax = 16

    /// - Parameter field: whose value it is, for the error.
    init(_ bytes: ArraySlice<UInt8>, of field: String) throws(FormError) {
        self.field = field
        let end = bytes.firstIndex { $0 == UInt8(ascii: ";") } ?? bytes.endIndex
        value = Self.trimmed(bytes[..<end])
        var rest = bytes[end...]
        while true {
            rest = Self.trimmed(rest)
            guard !rest.isEmpty else { return }
            guard rest.removeFirst() == UInt8(ascii: ";") else { throw Self.malformed(field) }
            rest = Self.trimmed(rest)
            // A semicolon at the end is common, and no parameter.
            guard !rest.isEmpty else { return }
            guard parameters.count < Self.countMax else {
                throw FormError(field, "\(field) has more than \(Self.countMax) parameters")
            }
            parameters.append(try Self.parameter(&rest, field))
        }
    }

    /// - Throws: when it is given twice.
    func value(of name: StaticString) throws(FormError) -> [UInt8]? {
        let found = parameters.filter { parameter in
            parameter.name.withUnsafeBufferPointer { Octet.equal($0, name) }
        }
        guard found.count <= 1 else { throw FormError(field, "\(field) has \(name) twice") }
        return found.first?.value
    }

    private static func parameter(
        _ rest: inout ArraySlice<UInt8>, _ field: String
    ) throws(FormError) -> (name: ArraySlice<UInt8>, value: [UInt8]) {
        let name = rest.prefix(while: Octet.isToken)
        rest = rest[name.endIndex...]
        guard !name.isEmpty, rest.first == UInt8(ascii: "=") else { throw malformed(field) }
        rest.removeFirst()
        guard rest.first == UInt8(ascii: "\"") else {
            let value = rest.prefix(while: Octet.isToken)
            guard !value.isEmpty else { throw malformed(field) }
            rest = rest[value.endIndex...]
            return (name, Array(value))
        }
        rest.removeFirst()
        guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else { throw malformed(field) }
        let value = rest[..<end]
        // RFC 9110 §5.6.4 takes the quote for a part of the value, and the forms of browsers for its end.
        guard value.last != UInt8(ascii: "\\") else {
            throw FormError(field, "\(field) has a backslash before a quote, which not all read alike: write %22")
        }
        rest = rest[(end + 1)...]
        return (name, Array(value))
    }

    private static func malformed(_ field: String) -> FormError {
        FormError(field, "\(field) is not a value with parameters")
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop(while: Octet.isWhitespace)
        while let last = bytes.last, Octet.isWhitespace(last) { bytes.removeLast() }
        return bytes
    }
}

/// RFC 3986 §2.1.
enum PercentEncoding {
    /// Decodes once; nil when a `%` is not followed by two hexadecimal digits.
    /// - Parameter plusIsSpace: as in a query made from a form (WHATWG URL §5.1).
    static func decoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let high = Octet.hexadecimal(bytes[index + 1]),
                    let low = Octet.hexadecimal(bytes[index + 2])
                else { return nil }
                decoded.append(UInt8(high << 4 | low))
                index += 3
                continue
            }
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index += 1
        }
        return decoded
    }
}

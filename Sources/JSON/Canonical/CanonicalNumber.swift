/// The one spelling of a number's exact decimal value: digits without zeros at either end, then `e` and the power of
/// ten where that is not zero. `100`, `1e2` and `1.00E+2` are `1e2`; `-0` is `0`.
enum CanonicalNumber {
    /// Digits of an exponent that are reckoned with. A number beyond is its own spelling, marked as such.
    private static let exponentDigitsMax = 15

    /// - Parameter number: a JSON number.
    static func append(_ number: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        if isPlain(number) { return output.append(contentsOf: number) }
        var at = 0
        let isNegative = number[0] == UInt8(ascii: "-")
        if isNegative { at = 1 }
        var digits: [UInt8] = []
        var scale = 0
        var isFraction = false
        while at < number.count {
            let byte = number[at]
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if byte.isASCIIDigit {
                if isFraction { scale -= 1 }
                if !digits.isEmpty || byte != UInt8(ascii: "0") { digits.append(byte) }
            } else {
                break
            }
            at += 1
        }
        guard let exponent = exponent(number[at...]) else {
            output.append(UInt8(ascii: "x"))
            output.append(contentsOf: number)
            return
        }
        scale += exponent
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            scale += 1
        }
        guard !digits.isEmpty else { return output.append(UInt8(ascii: "0")) }
        if isNegative { output.append(UInt8(ascii: "-")) }
        output += digits
        guard scale != 0 else { return }
        output.append(UInt8(ascii: "e"))
        output += String(scale).utf8
    }

    /// A whole number above zero that does not end in one, and zero: nearly all that there are.
    private static func isPlain(_ number: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let last = number.last else { return true }
        if last == UInt8(ascii: "0") { return number.count == 1 }
        return number.allSatisfy(\.isASCIIDigit)
    }

    /// - Parameter text: from the `e` on, or empty.
    /// - Returns: nil for one that is too long to reckon with.
    private static func exponent(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        var isNegative = false
        var value = 0
        var count = 0
        for byte in text.dropFirst() {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "+"): break
            default:
                if count > 0 || byte != UInt8(ascii: "0") { count += 1 }
                guard count <= exponentDigitsMax else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
        }
        return isNegative ? -value : value
    }
}

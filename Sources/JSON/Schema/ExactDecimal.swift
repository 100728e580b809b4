/// A finite number as digits times a power of ten, as JSON writes it. `multipleOf` is asked of decimals, where 0.0075
/// is a multiple of 0.0001, and doubles cannot tell.
struct ExactDecimal {
    let magnitude: UInt64
    let exponent: Int

    /// The fewest digits that are the same double; nil for what is no number.
    init?(_ value: JSONValue) {
        switch value {
        case .integer(let integer): (magnitude, exponent) = (integer.magnitude, 0)
        case .number(let number) where number.isFinite:
            var magnitude: UInt64 = 0
            var exponent = 0
            var inFraction = false
            let parts = number.magnitude.description.split(separator: "e")
            // At most seventeen digits: a double needs no more, and they fit 64 bits.
            for byte in parts.first?.utf8 ?? "".utf8[...] {
                if byte == UInt8(ascii: ".") {
                    inFraction = true
                } else {
                    magnitude = magnitude * 10 + UInt64(byte - 0x30)
                    if inFraction { exponent -= 1 }
                }
            }
            if parts.count == 2 { exponent += Int(parts[1]) ?? 0 }
            (self.magnitude, self.exponent) = (magnitude, exponent)
        default: return nil
        }
    }

    func isMultiple(of unit: ExactDecimal) -> Bool {
        guard magnitude != 0, unit.magnitude != 0 else { return magnitude == 0 }
        let shift = exponent - unit.exponent
        if shift < 0 {
            // Beyond nineteen places the unit is larger than any 64-bit magnitude.
            guard shift >= -19 else { return false }
            return UInt128(magnitude).isMultiple(of: UInt128(unit.magnitude) * Self.power(of: 10, -shift))
        }
        let modulus = UInt128(unit.magnitude)
        var remainder = UInt128(magnitude) % modulus
        // At most some six hundred rounds, the whole range of a double; every product fits 128 bits.
        for _ in 0..<shift where remainder != 0 { remainder = remainder * 10 % modulus }
        return remainder == 0
    }

    private static func power(of base: UInt128, _ exponent: Int) -> UInt128 {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }
}

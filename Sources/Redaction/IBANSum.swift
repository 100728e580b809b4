/// The check of ISO 7064 (mod 97-10) over what follows an IBAN's first four characters, which count as its last.
struct IBANSum {
    private(set) var count = 0
    private var remainder = 0

    /// - Parameter byte: an ASCII letter of either case, or a digit.
    mutating func add(_ byte: UInt8) {
        remainder = Self.remainder(remainder, byte)
        count += 1
    }

    /// - Parameter head: country and check digits.
    func isValid(head: some Sequence<UInt8>) -> Bool { head.reduce(remainder, Self.remainder) == 1 }

    private static func remainder(_ remainder: Int, _ byte: UInt8) -> Int {
        byte.isDigit
            ? (remainder * 10 + Int(byte - UInt8(ascii: "0"))) % 97
            : (remainder * 100 + Int((byte | 0x20) - UInt8(ascii: "a")) + 10) % 97
    }
}

/// A network: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct AddressRange: Sendable, Equatable {
    private let base: UInt128
    private let mask: UInt128

    /// nil for what is no network; bits beyond the prefix are a mistake (10.0.0.1/8), and so are leading zeros.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        let isVersion4 = address.isVersion4 && !parts[0].contains(":")
        var length = 128
        if parts.count == 2 {
            let digits = parts[1]
            guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy(Octet.isDigit),
                digits == "0" || digits.first != "0", let given = Int(digits), given <= (isVersion4 ? 32 : 128)
            else { return nil }
            length = isVersion4 ? 96 + given : given
        }
        mask = length == 0 ? 0 : ~UInt128(0) << UInt128(128 - length)
        base = address.bits
        guard base & ~mask == 0 else { return nil }
    }

    package func contains(_ address: IPAddress) -> Bool { address.bits & mask == base }
}

import Glibc

/// An address of version 4 or 6, as 128 bits. An IPv4 address that comes mapped into IPv6 is the IPv4 one.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// In host order; an IPv4 address as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
    let bits: UInt128

    static let mapped: UInt128 = 0xFFFF << 32

    var isVersion4: Bool { bits >> 32 == 0xFFFF }

    /// - Parameter bytes: 4 or 16 of them, in network order.
    init?(_ bytes: some Collection<UInt8>) {
        let value = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        switch bytes.count {
        case 4: bits = Self.mapped | value
        case 16: bits = value
        default: return nil
        }
    }

    /// Reads four plain numbers with dots, or the text of RFC 4291 §2.2; no zone, no port, no brackets.
    package init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bits = Self.mapped | UInt128(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        bits = withUnsafeBytes(of: six) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
    }

    /// As the kernel writes it: RFC 5952 for IPv6.
    package var description: String {
        let bytes = (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * $0)) }
        let family = isVersion4 ? AF_INET : AF_INET6
        return String(unsafeUninitializedCapacity: Int(INET6_ADDRSTRLEN)) { text in
            let base = UnsafeMutableRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self)
            guard let base,
                inet_ntop(family, Array(bytes.suffix(isVersion4 ? 4 : 16)), base, socklen_t(text.count)) != nil
            else { return 0 }
            return strlen(base)
        }
    }
}

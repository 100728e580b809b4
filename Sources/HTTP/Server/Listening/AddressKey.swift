import Glibc

/// By what connections of one client are counted: an IPv4 address, or the first 64 bits of an IPv6 one, since a single
/// host commonly has that whole network to itself (RFC 6177 §2).
struct AddressKey: Hashable {
    private let bits: UInt64

    /// - Parameter text: as the kernel or a proxy writes it; nil for "unix" and whatever else is no address.
    init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            // 2000::/3 is all that is routed of IPv6, so that its networks never look like this.
            bits = UInt64(four.s_addr)
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        bits = withUnsafeBytes(of: six) { bytes in bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    }
}

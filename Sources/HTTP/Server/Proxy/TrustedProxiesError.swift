/// An entry that is neither a network, an address nor `unix`.
package struct TrustedProxiesError: Error, Sendable, Equatable, CustomStringConvertible {
    package let entry: String

    package var description: String {
        "\"\(entry)\" is no network such as 10.0.0.0/8 or 2001:db8::/32 (without bits beyond its prefix), no address, "
            + "and not unix"
    }
}

/// How a server finds out who its clients are when proxies stand before it, and who may reach its socket file.
package struct EdgeRules: Sendable, Equatable {
    /// The field in which the proxies write for whom they speak.
    package enum Field: Sendable {
        case xForwardedFor
        /// RFC 7239.
        case forwarded
    }

    /// Whose word is taken: that field, and PROXY headers. Anybody else's may be invented, and is ignored.
    package var trusted = TrustedProxies()
    /// Only the one that the proxies write: they pass the other through as the client made it up.
    package var field = Field.xForwardedFor
    /// Whether every TCP connection begins with a PROXY header, of version 1 or 2. One that does not, or that comes
    /// from elsewhere than a trusted proxy, is closed: taking some without would let anybody leave it out.
    package var demandsProxyHeader = false
    /// Permissions of Unix-domain sockets.
    package var unixSocketMode: UInt32 = 0o660

    package init() {}
}

/// The address of an upstream, as far as its text tells. What a host name resolves to is checked when the socket is
/// opened; here only what could never be right is refused.
package struct BaseURL: Sendable, Hashable {
    package struct Invalid: Error, Equatable {
        package let reason: String
    }

    package static let bytesMax = 2_048
    /// Without trailing slashes: the operation's path is appended.
    package let text: String

    /// Takes `scheme://host[:port][/path]` with http or https.
    package init(parsing written: String) throws(Invalid) {
        guard written.utf8.count <= Self.bytesMax else { throw Invalid(reason: "must be at most 2048 bytes long") }
        // White space and controls are what request smuggling through a URL is made of; other scripts need punycode.
        guard written.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw Invalid(reason: "must be ASCII without spaces, controls and backslashes")
        }
        let lowered = written.lowercased()
        guard let scheme = ["https://", "http://"].first(where: { lowered.hasPrefix($0) }) else {
            throw Invalid(reason: "must start with http:// or https://")
        }
        guard !written.contains("?") else { throw Invalid(reason: "must not have a query") }
        guard !written.contains("#") else { throw Invalid(reason: "must not have a fragment") }
        let rest = written.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else { throw Invalid(reason: "must not have user information") }
        let host = try Self.host(of: authority)
        if let reason = HostLiteral.refusal(of: host.lowercased()) { throw Invalid(reason: reason) }
        let path = rest.dropFirst(authority.count)
        guard !path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) else {
            throw Invalid(reason: "must not have . or .. in its path")
        }
        var text = scheme + authority.lowercased() + path
        while text.hasSuffix("/") { text.removeLast() }
        self.text = text
    }

    private static func host(of authority: Substring) throws(Invalid) -> Substring {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw Invalid(reason: "has an unclosed bracket") }
            host = authority[...end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw Invalid(reason: "has no valid port") }
            if !after.isEmpty { port = after.dropFirst() }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        if let port {
            let isNumber = !port.isEmpty && port.utf8.allSatisfy { $0 &- 48 < 10 }
            guard isNumber, let number = Int(port), (1...65_535).contains(number) else {
                throw Invalid(reason: "must have a port from 1 to 65535")
            }
        }
        guard !host.isEmpty else { throw Invalid(reason: "must have a host") }
        return host
    }
}

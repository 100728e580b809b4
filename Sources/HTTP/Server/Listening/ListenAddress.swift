/// Where a server listens.
package enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// Port 0 asks for any free port; `host` is a name or an address, IPv6 without brackets.
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// Reads `host:port`, `[::1]:port`, `:port` (every address) or `unix:/path`. Throws `ListenAddressError`.
    package init(parsing text: String) throws {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= Self.unixPathBytesMax else {
                throw ListenAddressError(text: text, reason: "a socket's path has 1 to 107 bytes")
            }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw ListenAddressError(text: text, reason: "expected host:port or unix:/path")
        }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(Octet.isDigit), let port = Int(digits), port <= 65_535 else {
            throw ListenAddressError(text: text, reason: "the port is a number from 0 to 65535")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw ListenAddressError(text: text, reason: "an IPv6 address stands in brackets")
        }
        self = .tcp(host: String(host), port: port)
    }

    /// sockaddr_un.sun_path has 108 bytes with its terminator.
    private static let unixPathBytesMax = 107

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

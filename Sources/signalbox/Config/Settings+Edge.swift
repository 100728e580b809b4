import HTTP

/// The settings of listening and of proxies before it.
extension Settings {
    /// What stands where nothing is set.
    private static let none = "none"

    /// - Throws: `StartFailure` with exit code 2 for an address that is none.
    var listen: [ListenAddress] {
        get throws {
            var places = text("server.listen").split(separator: ",").map { (String($0), "server.listen", "LISTEN") }
            if text("server.unix_socket") != Self.none {
                places.append(("unix:" + text("server.unix_socket"), "server.unix_socket", "SERVER_UNIX_SOCKET"))
            }
            return try places.map { place, path, variable in
                do {
                    return try ListenAddress(parsing: place.filter { $0 != " " })
                } catch {
                    throw StartFailure.configuration("\(path) (SIGNALBOX_\(variable)): \(error)")
                }
            }
        }
    }

    /// Whether clients can come from this machine only: every listener is on loopback, and no proxy lets others in.
    var isLoopback: Bool {
        get throws {
            guard text("server.trusted_proxies") == Self.none else { return false }
            return try listen.allSatisfy { address in
                switch address {
                case .unix: true
                case .tcp(let host, _): host == "localhost" || host == "::1" || Self.isLoopback(host)
                }
            }
        }
    }

    /// 127.0.0.0/8 in four plain numbers: a name may begin with 127 too, and be anywhere.
    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// - Throws: `StartFailure` with exit code 2 for proxies that are none, and for listeners that only proxies may use
    ///   where there are none.
    var edge: EdgeRules {
        get throws {
            var edge = EdgeRules()
            edge.field = text("server.forwarded_field") == "forwarded" ? .forwarded : .xForwardedFor
            edge.demandsProxyHeader = text("server.proxy_protocol") == "required"
            edge.unixSocketMode = UInt32(text("server.unix_socket_mode"), radix: 8) ?? edge.unixSocketMode
            let proxies = text("server.trusted_proxies")
            if proxies != Self.none {
                do {
                    edge.trusted = try TrustedProxies(parsing: proxies)
                } catch {
                    throw StartFailure.configuration(
                        "server.trusted_proxies (SIGNALBOX_SERVER_TRUSTED_PROXIES): \(error)")
                }
            }
            guard !edge.demandsProxyHeader || edge.trusted.hasAddresses else {
                throw StartFailure.configuration(
                    "server.proxy_protocol is required, but server.trusted_proxies names no address that could connect")
            }
            return edge
        }
    }
}

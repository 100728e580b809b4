import CCurl
import Gateway
import SQL

/// Whether each provider can be reached: name, connection and, for https, the certificate. Nothing is sent over it.
struct ProviderChecks {
    struct Provider {
        let id: String
        let project: String
        let name: String
        let baseURL: String
        let credential: [UInt8]?
        let allowsPrivate: Bool

        /// Those that were not deleted, in the order of their names.
        static func all(in control: SQLiteInspection) throws -> [Provider] {
            try control.query(
                """
                SELECT id, project_id, name, base_url, credential, allow_private FROM providers
                WHERE deleted_at IS NULL ORDER BY name, id
                """
            ) { row in
                Provider(
                    id: try row.text(0), project: try row.text(1), name: try row.text(2), baseURL: try row.text(3),
                    credential: try row.blobOrNull(4), allowsPrivate: try row.bool(5))
            }
        }
    }

    /// For each provider.
    let timeoutMilliseconds: Int

    func findings(of providers: [Provider]) -> [Finding] {
        ccurl_global_init()
        return providers.map(finding)
    }

    private func finding(_ provider: Provider) -> Finding {
        let check = "provider \(provider.name)"
        guard let easy = curl_easy_init() else {
            return .problem(check, "libcurl has no memory", do: "see what takes the memory of this machine")
        }
        defer { curl_easy_cleanup(easy) }
        let opening = AddressChecked(AddressPolicy(allowsPrivate: provider.allowsPrivate))
        configure(easy, provider, opening)
        let result = withExtendedLifetime(opening) { curl_easy_perform(easy) }
        guard result != CURLE_OK else { return .ok(check, "\(provider.baseURL) can be reached") }
        if opening.isRefused {
            return .problem(
                check, "\(provider.baseURL) has an address that may not be reached",
                do: "set allow_private for a provider inside your network; link-local ones are never reached")
        }
        return .problem(
            check, "\(provider.baseURL): \(String(cString: curl_easy_strerror(result)))",
            do: "see that it is up, and that name, route and certificate are right from this machine")
    }

    /// As the gateway connects: no proxy, no other protocol, certificates checked.
    private func configure(_ easy: UnsafeMutableRawPointer, _ provider: Provider, _ opening: AddressChecked) {
        _ = ccurl_set_string(easy, CURLOPT_URL, provider.baseURL)
        _ = ccurl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
        _ = ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, timeoutMilliseconds)
        _ = ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, timeoutMilliseconds)
        _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
        _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
        _ = ccurl_set_long(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        _ = ccurl_set_string(easy, CURLOPT_PROXY, "")
        _ = ccurl_set_string(easy, CURLOPT_NOPROXY, "*")
        _ = ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        // Unretained: the caller keeps it until the connection has been tried.
        let owner = Unmanaged.passUnretained(opening).toOpaque()
        _ = ccurl_set_open_socket(easy, Self.open, owner)
    }

    private final class AddressChecked {
        let policy: AddressPolicy
        var isRefused = false

        init(_ policy: AddressPolicy) { self.policy = policy }
    }

    private static let open: curl_opensocket_callback = { owner, _, address in
        guard let owner, let address else { return CURL_SOCKET_BAD }
        let opening = Unmanaged<AddressChecked>.fromOpaque(owner).takeUnretainedValue()
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = Int(ccurl_address(address, &bytes))
        guard opening.policy.allows(bytes[..<count]) else {
            opening.isRefused = true
            return CURL_SOCKET_BAD
        }
        return ccurl_open_socket(address)
    }
}

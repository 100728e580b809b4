/// The host of an address that somebody wrote.
enum Authority {
    /// - Returns: `["eu", "example", "com"]` of `https://eu.example.com:443/v1`; none for what is no address.
    static func labels(of address: String?) -> [String] {
        guard let address, let start = address.firstRange(of: "://") else { return [] }
        let host = address[start.upperBound...].prefix { $0 != "/" && $0 != ":" }
        return host.lowercased().split(separator: ".").map(String.init)
    }
}

/// Peers whose word about their clients is taken.
package struct TrustedProxies: Sendable, Equatable {
    private var ranges: [AddressRange] = []
    /// Whoever connects to a Unix-domain socket, which the file's permissions decide.
    private var trustsUnix = false

    /// Nobody.
    package init() {}

    /// Reads networks and addresses separated by commas, and `unix`. Throws `TrustedProxiesError`.
    package init(parsing text: String) throws(TrustedProxiesError) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let entry = part.filter { $0 != " " }
            if entry == "unix" {
                trustsUnix = true
            } else if let range = AddressRange(entry) {
                ranges.append(range)
            } else {
                throw TrustedProxiesError(entry: entry)
            }
        }
    }

    /// Whether somebody is trusted who comes over TCP.
    package var hasAddresses: Bool { !ranges.isEmpty }

    package var isEmpty: Bool { ranges.isEmpty && !trustsUnix }

    /// - Parameter peer: "127.0.0.1", "::1" or "unix".
    func contains(_ peer: String) -> Bool {
        if isEmpty { return false }
        if peer == "unix" { return trustsUnix }
        return IPAddress(peer).map(contains) ?? false
    }

    func contains(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }
}

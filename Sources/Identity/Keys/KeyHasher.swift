import Crypto

/// HMAC-SHA256 of a credential under a pepper that is not in the database: a stolen file alone proves no key.
package struct KeyHasher: Sendable {
    private let pepper: SymmetricKey

    package init(_ master: MasterKey) {
        pepper = master.derived(for: "key-digests")
    }

    package func digest(_ credential: some Collection<UInt8>) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(credential), using: pepper))
    }

    /// In constant time.
    func matches(_ credential: ArraySlice<UInt8>, _ digest: [UInt8]) -> Bool {
        let data = Array(credential)
        return HMAC<SHA256>.isValidAuthenticationCode(digest, authenticating: data, using: pepper)
    }
}

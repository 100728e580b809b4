import Crypto
package import REST

/// SHA-256, as the control plane's writes need it for idempotency and for the audit chain.
package enum Fingerprint {
    package static let sha256: Mutations.Digest = { Array(SHA256.hash(data: $0)) }
}

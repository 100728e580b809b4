import Crypto
package import Domain

/// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the context is authenticated with the ciphertext. The
/// first byte names the form, so that wrapped data keys can come beside it.
package struct SecretBox: SecretSealing {
    package enum Failure: Error, Equatable {
        /// Changed bytes, another context, or another master key: they cannot be told apart.
        case doesNotOpen
        case unknownForm(UInt8)
    }

    private static let form: UInt8 = 1
    private let key: SymmetricKey

    package init(_ master: MasterKey) {
        key = master.derived(for: "credentials")
    }

    package func seal(_ secret: Secret, context: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(
            Array(secret.revealed().utf8), using: key, authenticating: Array(context.utf8))
        guard let combined = box.combined else { throw Failure.doesNotOpen }
        return [Self.form] + combined
    }

    package func open(_ sealed: [UInt8], context: String) throws -> Secret {
        guard let form = sealed.first else { throw Failure.doesNotOpen }
        guard form == Self.form else { throw Failure.unknownForm(form) }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
            let plain = try AES.GCM.open(box, using: key, authenticating: Array(context.utf8))
            return Secret(String(decoding: plain, as: UTF8.self))
        } catch {
            throw Failure.doesNotOpen
        }
    }
}

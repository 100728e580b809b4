package import Domain
import HTTP
import JSON
package import REST

/// Makes a key without a call: the first key of an installation, and `signalbox key create`.
package struct KeyMint: Sendable {
    private let mutations: Mutations
    private let hasher: KeyHasher

    package init(mutations: Mutations, hasher: KeyHasher) {
        self.mutations = mutations
        self.hasher = hasher
    }

    /// - Returns: the secret, to be shown once.
    package func make(name: String, role: Role, project: String = "default", by actor: String) async throws -> Secret {
        let key = KeyRecord(
            id: mutations.identifiers.next(), project: project, name: name, role: role,
            createdAt: mutations.clock.now(), createdBy: actor)
        let secret = KeySecret(keyID: key.id)
        let digest = hasher.digest(secret.text.utf8)
        try await mutations.perform(as: AuditLog.Actor(name: actor, project: project)) { transaction in
            try KeyStore.insert(key, digest: digest, in: transaction)
            return Mutation(
                Response(status: 201),
                audit: [AuditEntry(action: "key.create", resource: "keys/\(key.id)", after: .object(key.json))],
                stale: [.keys])
        }
        return Secret(secret.text)
    }
}

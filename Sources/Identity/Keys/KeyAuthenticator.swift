package import Domain

/// Finds the principal of a credential by its key id and compares the digest in constant time.
package struct KeyAuthenticator: Authenticator {
    private let table: Snapshot<KeyTable>
    private let hasher: KeyHasher
    private let clock: WallClock
    private let bootstrap: KeyTable.Entry?

    /// - Parameter bootstrap: a key of any form that the environment gives; an administrator of the default project.
    package init(table: Snapshot<KeyTable>, hasher: KeyHasher, clock: WallClock, bootstrap: Secret?) {
        self.table = table
        self.hasher = hasher
        self.clock = clock
        self.bootstrap = bootstrap.map { secret in
            KeyTable.Entry(
                principal: Principal(keyID: "bootstrap", name: "bootstrap", project: "default", role: .admin),
                digest: hasher.digest(secret.revealed().utf8), expiresAt: nil)
        }
    }

    package func principal(for credential: ArraySlice<UInt8>) -> Principal? {
        // A credential longer than any key is not worth hashing.
        guard credential.count <= 512 else { return nil }
        if let id = KeySecret.keyID(in: credential), let entry = table.current.entries[id] {
            guard hasher.matches(credential, entry.digest) else { return nil }
            if let expiresAt = entry.expiresAt, clock.now() >= expiresAt { return nil }
            return entry.principal
        }
        guard let bootstrap, hasher.matches(credential, bootstrap.digest) else { return nil }
        return bootstrap.principal
    }
}

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
                principal: Self.bootstrapPrincipal([]),
                digest: hasher.digest(secret.revealed().utf8), expiresAt: nil)
        }
    }

    package func principal(for credential: ArraySlice<UInt8>) -> Principal? {
        entry(of: credential, in: table.current)?.entry.principal
    }

    package func principal(for credential: ArraySlice<UInt8>, accepted: inout AnyObject?) -> Principal? {
        let table = table.current
        if let known = accepted as? AcceptedCredential, known.holds(credential, in: table) {
            guard !isExpired(known.entry), known.until.map({ clock.now() < $0 }) ?? true else { return nil }
            return known.entry.principal
        }
        guard let found = entry(of: credential, in: table) else { return nil }
        accepted = AcceptedCredential(credential, found.entry, until: found.until, in: table)
        return found.entry.principal
    }

    /// Whom a key belongs to that was used before, as it is now; nil when it may not be used any more.
    package func principal(ofKey id: String) -> Principal? {
        let table = table.current
        if let bootstrap, id == bootstrap.principal.keyID {
            return table.installation.map { Self.bootstrapPrincipal([$0]) } ?? bootstrap.principal
        }
        guard let entry = table.entries[id], !isExpired(entry) else { return nil }
        return entry.principal
    }

    private func entry(
        of credential: ArraySlice<UInt8>, in table: KeyTable
    ) -> (entry: KeyTable.Entry, until: Timestamp?)? {
        // A credential longer than any key is not worth hashing.
        guard credential.count <= 512 else { return nil }
        if let id = KeySecret.keyID(in: credential), let entry = table.entries[id] {
            guard !isExpired(entry) else { return nil }
            if hasher.matches(credential, entry.digest) { return (entry, nil) }
            guard let previous = entry.previous, clock.now() < previous.until,
                hasher.matches(credential, previous.digest)
            else { return nil }
            return (entry, previous.until)
        }
        guard let bootstrap, hasher.matches(credential, bootstrap.digest) else { return nil }
        guard let meter = table.installation else { return (bootstrap, nil) }
        let limited = KeyTable.Entry(
            principal: Self.bootstrapPrincipal([meter]), digest: bootstrap.digest, expiresAt: nil)
        return (limited, nil)
    }

    private static func bootstrapPrincipal(_ meters: [Meter]) -> Principal {
        Principal(keyID: "bootstrap", name: "bootstrap", project: "default", role: .admin, meters: meters)
    }

    private func isExpired(_ entry: KeyTable.Entry) -> Bool {
        guard let expiresAt = entry.expiresAt else { return false }
        return clock.now() >= expiresAt
    }
}

import Domain

/// Knows one caller: all that a viewer may do, and the making of keys.
struct KeyWriter: Authenticator {
    func principal(for credential: ArraySlice<UInt8>) -> Principal? {
        Principal(
            keyID: "w", name: "w", project: "default", role: .viewer,
            permissions: Role.viewer.permissions.union([.keysWrite]))
    }
}

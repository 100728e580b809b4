package import Domain

/// Three keys: `admin` and `viewer` of the project `default`, and `other`, the administrator of another project.
package struct FixedAuthenticator: Authenticator {
    package init() {}

    package func principal(for credential: ArraySlice<UInt8>) -> Principal? {
        switch String(decoding: credential, as: UTF8.self) {
        case "admin": Principal(keyID: "admin", name: "admin", project: "default", role: .admin)
        case "viewer": Principal(keyID: "viewer", name: "viewer", project: "default", role: .viewer)
        case "other": Principal(keyID: "other", name: "other", project: "other", role: .admin)
        default: nil
        }
    }
}

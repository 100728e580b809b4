package import Domain

/// Five keys: `admin`, `viewer` and two callers, `caller` and `second`, of the project `default`, and `other`, the
/// administrator of another project.
package struct FixedAuthenticator: Authenticator {
    package init() {}

    package func principal(for credential: ArraySlice<UInt8>) -> Principal? {
        let name = String(decoding: credential, as: UTF8.self)
        return switch name {
        case "admin": Principal(keyID: "admin", name: "admin", project: "default", role: .admin)
        case "caller", "second": Principal(keyID: name, name: name, project: "default", role: .caller)
        case "viewer": Principal(keyID: "viewer", name: "viewer", project: "default", role: .viewer)
        case "other": Principal(keyID: "other", name: "other", project: "other", role: .admin)
        default: nil
        }
    }
}

/// Who calls, as far as one request needs to know. Made once per key when the key table is built, then only read.
package final class Principal: Sendable {
    /// `key:<id>`, as the audit log names it.
    package let actor: String
    package let keyID: String
    package let name: String
    /// The project id that every query of this request is bound to.
    package let project: String
    package let role: Role
    package let permissions: Set<Permission>
    /// The deployments that may be called; nil for all of the project's.
    package let deployments: Set<String>?
    /// Which environment a bare deployment name means.
    package let environment: String
    /// The permission that nearly every request asks for, without the hash of a name.
    private let mayInfer: Bool
    /// Its own limits and budget, and those of its project.
    package let meters: [Meter]
    /// Whether there are any.
    package let isMetered: Bool

    package init(
        keyID: String, name: String, project: String, role: Role, permissions: Set<Permission>? = nil,
        deployments: Set<String>? = nil, environment: String = "production", meters: [Meter] = []
    ) {
        actor = "key:\(keyID)"
        self.keyID = keyID
        self.name = name
        self.project = project
        self.role = role
        let permissions = permissions ?? role.permissions
        self.permissions = permissions
        mayInfer = permissions.contains(.inferenceCall)
        self.deployments = deployments
        self.environment = environment
        self.meters = meters
        isMetered = !meters.isEmpty
    }

    package func may(_ permission: Permission) -> Bool {
        if case .inferenceCall = permission { return mayInfer }
        return permissions.contains(permission)
    }

    package func mayCall(deployment name: String) -> Bool {
        deployments?.contains(name) ?? true
    }
}

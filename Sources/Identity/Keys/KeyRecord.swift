package import Domain
package import JSON

/// A key as it is stored and shown: everything but its secret.
package struct KeyRecord: Sendable {
    package let id: String
    package let project: String
    package let name: String
    package let role: Role
    package let deployments: [String]?
    package let environment: String
    package let createdAt: Timestamp
    package let createdBy: String
    package let expiresAt: Timestamp?
    package let revokedAt: Timestamp?

    package init(
        id: String, project: String, name: String, role: Role, deployments: [String]? = nil,
        environment: String = "production", createdAt: Timestamp, createdBy: String, expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.role = role
        self.deployments = deployments
        self.environment = environment
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    package var principal: Principal {
        Principal(
            keyID: id, name: name, project: project, role: role, deployments: deployments.map(Set.init),
            environment: environment)
    }

    package var json: JSONObject {
        [
            "id": .string(id), "name": .string(name), "role": .string(role.rawValue), "project": .string(project),
            "deployments": deployments.map { .array($0.map { .string($0) }) } ?? .null,
            "environment": .string(environment), "created_at": .string(createdAt.text),
            "created_by": .string(createdBy), "expires_at": expiresAt.map { .string($0.text) } ?? .null,
            "revoked_at": revokedAt.map { .string($0.text) } ?? .null,
        ]
    }
}

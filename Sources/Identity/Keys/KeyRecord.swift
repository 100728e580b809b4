package import Domain
package import JSON

/// A key as it is stored and shown: everything but its secret.
package struct KeyRecord: Sendable {
    package let id: String
    package let project: String
    package var name: String
    package let role: Role
    package var deployments: [String]?
    package var environment: String
    package let createdAt: Timestamp
    package let createdBy: String
    package var expiresAt: Timestamp?
    package let revokedAt: Timestamp?
    package var limits: RateLimits?
    package var budget: Budget?
    /// Until when the secret before the last rotation is taken; nil when there is none.
    package var previousUntil: Timestamp?

    package init(
        id: String, project: String, name: String, role: Role, deployments: [String]? = nil,
        environment: String = "production", createdAt: Timestamp, createdBy: String, expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil, limits: RateLimits? = nil, budget: Budget? = nil, previousUntil: Timestamp? = nil
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
        self.limits = limits
        self.budget = budget
        self.previousUntil = previousUntil
    }

    /// - Parameter meters: its own and its project's.
    package func principal(_ meters: [Meter] = []) -> Principal {
        Principal(
            keyID: id, name: name, project: project, role: role, deployments: deployments.map(Set.init),
            environment: environment, meters: meters)
    }

    /// What a caller may write later.
    var writable: JSONValue {
        var object: JSONObject = ["name": .string(name), "environment": .string(environment)]
        object["role"] = .string(role.rawValue)
        if let deployments { object["deployments"] = .array(deployments.map { .string($0) }) }
        if let expiresAt { object["expires_at"] = .string(expiresAt.text) }
        if let limits { object["limits"] = limits.json }
        if let budget { object["budget"] = budget.json }
        return .object(object)
    }

    /// Takes over what a validated document says.
    mutating func apply(_ document: JSONValue) {
        name = document["name"]?.stringValue ?? name
        environment = document["environment"]?.stringValue ?? "production"
        deployments = document["deployments"]?.arrayValue?.compactMap(\.stringValue)
        expiresAt = document["expires_at"]?.stringValue.flatMap { Timestamp(parsing: $0) }
        limits = RateLimits(document["limits"])
        budget = Budget(document["budget"])
    }

    package var json: JSONObject {
        [
            "id": .string(id), "name": .string(name), "role": .string(role.rawValue), "project": .string(project),
            "deployments": deployments.map { .array($0.map { .string($0) }) } ?? .null,
            "environment": .string(environment), "created_at": .string(createdAt.text),
            "created_by": .string(createdBy), "expires_at": expiresAt.map { .string($0.text) } ?? .null,
            "revoked_at": revokedAt.map { .string($0.text) } ?? .null,
            "limits": limits?.json ?? .null, "budget": budget?.json ?? .null,
            "previous_until": previousUntil.map { .string($0.text) } ?? .null,
        ]
    }
}

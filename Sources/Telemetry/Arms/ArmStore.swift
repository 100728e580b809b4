import SQL

/// The rows of arms.
enum ArmStore {
    /// The arm's row, made when there is none.
    static func arm(_ key: ArmKey, in transaction: any Transaction) throws -> Arm {
        let known = try transaction.first(
            """
            SELECT id FROM arms WHERE project_id = $1 AND deployment = $2 AND environment = $3 AND variant = $4
              AND revision = $5
            """, key.values
        ) { try $0.integer(0) }
        if let known { return Arm(id: known, key: key) }
        let made = try transaction.first(
            """
            INSERT INTO arms (project_id, deployment, environment, variant, revision) VALUES ($1, $2, $3, $4, $5)
            RETURNING id
            """, key.values
        ) { try $0.integer(0) }
        return Arm(id: made ?? 0, key: key)
    }

    /// Those of a deployment in an environment.
    static func arms(of scope: MetricScope, in connection: any Connection) throws -> [Arm] {
        try connection.query(
            """
            SELECT id, variant, revision FROM arms WHERE project_id = $1 AND deployment = $2 AND environment = $3
            """, [.text(scope.project), .text(scope.deployment), .text(scope.environment)]
        ) { row in
            Arm(
                id: try row.integer(0),
                key: ArmKey(
                    project: scope.project, deployment: scope.deployment, environment: scope.environment,
                    variant: try row.text(1), revision: try row.int(2)))
        }
    }
}

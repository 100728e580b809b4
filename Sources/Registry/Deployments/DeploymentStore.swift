import Domain
import JSON
import SQL

/// The SQL of `deployments`.
enum DeploymentStore {
    private static let select = """
        SELECT id, name, environment, revision, created_at, created_by FROM deployments
        WHERE project_id = $1 AND deleted_at IS NULL
        """
    private static let byName = "\(select) AND name = $2 AND environment = $3"
    private static let byID = "\(select) AND id = $2"
    private static let list = """
        \(select) AND (name, environment) > ($2, $3) ORDER BY name, environment LIMIT $4
        """
    private static let listOfOne = "\(select) AND name > $2 AND environment = $3 ORDER BY name LIMIT $4"
    private static let insert = """
        INSERT INTO deployments (id, project_id, environment, name, revision, created_at, created_by)
        VALUES ($1, $2, $3, $4, 0, $5, $6)
        """
    private static let delete = "UPDATE deployments SET deleted_at = $3 WHERE project_id = $1 AND id = $2"

    private struct Head {
        let id: String
        let name: String
        let environment: String
        let revision: Int
        let createdAt: Timestamp
        let createdBy: String
    }

    /// A deployment points at a revision that is not in the file.
    struct Torn: Error {
        let deployment: String
        let revision: Int
    }

    private static func decode(_ row: Row) throws -> Head {
        Head(
            id: try row.text(0), name: try row.text(1), environment: try row.text(2), revision: try row.int(3),
            createdAt: Timestamp(milliseconds: try row.integer(4)), createdBy: try row.text(5))
    }

    private static func filled(
        _ head: Head, project: String, in connection: any Connection
    ) throws -> DeploymentRecord {
        guard let revision = try RevisionStore.find(head.revision, of: head.id, project: project, in: connection)
        else { throw Torn(deployment: head.id, revision: head.revision) }
        return DeploymentRecord(
            id: head.id, name: head.name, environment: head.environment, createdAt: head.createdAt,
            createdBy: head.createdBy, revision: revision)
    }

    static func find(
        _ name: String, environment: String, project: String, in connection: any Connection
    ) throws -> DeploymentRecord? {
        try connection.first(byName, [.text(project), .text(name), .text(environment)], decode)
            .map { try filled($0, project: project, in: connection) }
    }

    static func find(id: String, project: String, in connection: any Connection) throws -> DeploymentRecord? {
        try connection.first(byID, [.text(project), .text(id)], decode)
            .map { try filled($0, project: project, in: connection) }
    }

    /// By name, then environment.
    /// - Parameter environment: only of this one, when given.
    static func page(
        project: String, environment: String?, after: (name: String, environment: String)?, count: Int,
        in connection: any Connection
    ) throws -> [DeploymentRecord] {
        let name = SQLValue.text(after?.name ?? "")
        let second = SQLValue.text(environment ?? after?.environment ?? "")
        return try connection.query(
            environment == nil ? list : listOfOne, [.text(project), name, second, SQLValue(count)], decode
        ).map { try filled($0, project: project, in: connection) }
    }

    /// Makes the row and its first revision.
    static func insert(_ deployment: DeploymentRecord, project: String, in transaction: any Transaction) throws {
        try transaction.execute(
            insert,
            [
                .text(deployment.id), .text(project), .text(deployment.environment), .text(deployment.name),
                .integer(deployment.createdAt.milliseconds), .text(deployment.createdBy),
            ])
        try RevisionStore.activate(deployment.revision, of: deployment.id, project: project, in: transaction)
    }

    static func delete(_ id: String, project: String, at now: Timestamp, in transaction: any Transaction) throws {
        try RevisionStore.deactivate(id, project: project, at: now, in: transaction)
        try transaction.execute(delete, [.text(project), .text(id), .integer(now.milliseconds)])
    }
}

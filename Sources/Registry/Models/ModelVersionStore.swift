import Domain
import JSON
import SQL

/// The SQL of `model_versions`.
enum ModelVersionStore {
    private static let select = """
        SELECT v.version, v.state, p.name, v.document, v.created_at, v.created_by
        FROM model_versions v JOIN providers p ON p.id = v.provider_id
        WHERE v.project_id = $1 AND v.model_id = $2
        """
    private static let one = "\(select) AND v.version = $3"
    private static let list = "\(select) AND v.version < $3 ORDER BY v.version DESC LIMIT $4"
    private static let latest =
        "SELECT max(version) FROM model_versions WHERE project_id = $1 AND model_id = $2"
    private static let insert = """
        INSERT INTO model_versions (project_id, model_id, version, provider_id, state, document, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """
    private static let users = """
        SELECT DISTINCT d.name, d.environment FROM deployments d
        JOIN revision_variants v ON v.deployment_id = d.id AND v.revision = d.revision
        WHERE d.project_id = $1 AND d.deleted_at IS NULL AND v.model_id = $2
        ORDER BY d.name, d.environment LIMIT 5
        """

    private static func decode(_ model: RegisteredThing) -> (Row) throws -> ModelVersionRecord {
        { row in
            ModelVersionRecord(
                model: model.name, version: try row.int(0), state: try row.text(1), provider: try row.text(2),
                document: try row.json(3).objectValue ?? [:], createdAt: Timestamp(milliseconds: try row.integer(4)),
                createdBy: try row.text(5))
        }
    }

    static func find(
        _ version: Int, of model: RegisteredThing, project: String, in connection: any Connection
    ) throws -> ModelVersionRecord? {
        try connection.first(one, [.text(project), .text(model.id), SQLValue(version)], decode(model))
    }

    /// Newest first.
    static func page(
        of model: RegisteredThing, project: String, before version: Int?, count: Int, in connection: any Connection
    ) throws -> [ModelVersionRecord] {
        let before = SQLValue(version ?? Int.max)
        return try connection.query(list, [.text(project), .text(model.id), before, SQLValue(count)], decode(model))
    }

    /// - Returns: nil before the first version.
    static func latest(of modelID: String, project: String, in connection: any Connection) throws -> Int? {
        try connection.first(latest, [.text(project), .text(modelID)]) { try $0.intOrNull(0) } ?? nil
    }

    static func insert(
        _ version: ModelVersionRecord, of model: RegisteredThing, providerID: String, project: String,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            insert,
            [
                .text(project), .text(model.id), SQLValue(version.version), .text(providerID), .text(version.state),
                SQLValue(version.document), .integer(version.createdAt.milliseconds), .text(version.createdBy),
            ])
    }

    /// `name (environment)` of up to five deployments whose live revision has the model.
    static func liveUsers(of modelID: String, project: String, in connection: any Connection) throws -> [String] {
        try connection.query(users, [.text(project), .text(modelID)]) { "\(try $0.text(0)) (\(try $0.text(1)))" }
    }
}

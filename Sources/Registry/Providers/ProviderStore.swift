import Domain
import JSON
import SQL

/// The SQL of `providers`.
enum ProviderStore {
    private static let columns = """
        id, name, kind, base_url, credential, credential_set_at, region, allow_private, headers, created_at,
        created_by, updated_at, settings, limits
        """
    private static let select =
        "SELECT \(columns) FROM providers WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL"
    private static let list = """
        SELECT \(columns) FROM providers WHERE project_id = $1 AND name > $2 AND deleted_at IS NULL
        ORDER BY name LIMIT $3
        """
    private static let insert = """
        INSERT INTO providers (project_id, \(columns))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """
    private static let update = """
        UPDATE providers SET kind = $3, base_url = $4, credential = $5, credential_set_at = $6, region = $7,
            allow_private = $8, headers = $9, updated_at = $10, settings = $11, limits = $12
        WHERE project_id = $1 AND id = $2
        """
    private static let delete = """
        UPDATE providers SET deleted_at = $3, credential = NULL, credential_set_at = NULL
        WHERE project_id = $1 AND id = $2
        """
    private static let users = """
        SELECT d.name, d.environment FROM deployments d
        JOIN revision_variants v ON v.deployment_id = d.id AND v.revision = d.revision
        JOIN model_versions m ON m.model_id = v.model_id AND m.version = v.model_version
        WHERE d.project_id = $1 AND d.deleted_at IS NULL AND m.provider_id = $2
        UNION
        SELECT d.name, d.environment FROM deployments d
        JOIN revision_upstreams u ON u.deployment_id = d.id AND u.revision = d.revision
        WHERE d.project_id = $1 AND d.deleted_at IS NULL AND u.provider_id = $2
        ORDER BY 1, 2 LIMIT 5
        """

    private static func decode(_ row: Row) throws -> ProviderRecord {
        ProviderRecord(
            id: try row.text(0), name: try row.text(1), kind: try row.text(2), baseURL: try row.text(3),
            credential: try row.blobOrNull(4),
            credentialSetAt: try row.integerOrNull(5).map { Timestamp(milliseconds: $0) },
            region: try row.textOrNull(6), allowPrivate: try row.bool(7),
            headers: try row.json(8).objectValue ?? [:], settings: try row.json(12).objectValue ?? [:],
            limits: RateLimits(try row.jsonOrNull(13)),
            createdAt: Timestamp(milliseconds: try row.integer(9)), createdBy: try row.text(10),
            updatedAt: Timestamp(milliseconds: try row.integer(11)))
    }

    static func find(_ name: String, project: String, in connection: any Connection) throws -> ProviderRecord? {
        try connection.first(select, [.text(project), .text(name)], decode)
    }

    static func page(
        project: String, after name: String?, count: Int, in connection: any Connection
    ) throws -> [ProviderRecord] {
        try connection.query(list, [.text(project), .text(name ?? ""), SQLValue(count)], decode)
    }

    static func insert(_ provider: ProviderRecord, project: String, in transaction: any Transaction) throws {
        try transaction.execute(
            insert,
            [
                .text(project), .text(provider.id), .text(provider.name), .text(provider.kind),
                .text(provider.baseURL), SQLValue(provider.credential),
                SQLValue(provider.credentialSetAt?.milliseconds), SQLValue(provider.region),
                SQLValue(provider.allowPrivate), SQLValue(provider.headers),
                .integer(provider.createdAt.milliseconds), .text(provider.createdBy),
                .integer(provider.updatedAt.milliseconds), SQLValue(provider.settings),
                SQLValue(provider.limits?.json.text),
            ])
    }

    static func update(_ provider: ProviderRecord, project: String, in transaction: any Transaction) throws {
        try transaction.execute(
            update,
            [
                .text(project), .text(provider.id), .text(provider.kind), .text(provider.baseURL),
                SQLValue(provider.credential), SQLValue(provider.credentialSetAt?.milliseconds),
                SQLValue(provider.region), SQLValue(provider.allowPrivate), SQLValue(provider.headers),
                .integer(provider.updatedAt.milliseconds), SQLValue(provider.settings),
                SQLValue(provider.limits?.json.text),
            ])
    }

    /// The credential goes at once: nothing that is deleted can be called.
    static func delete(_ id: String, project: String, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(delete, [.text(project), .text(id), .integer(now.milliseconds)])
    }

    /// `name (environment)` of up to five deployments whose live revision runs on the provider.
    static func liveUsers(of id: String, project: String, in connection: any Connection) throws -> [String] {
        try connection.query(users, [.text(project), .text(id)]) { "\(try $0.text(0)) (\(try $0.text(1)))" }
    }
}

import Domain
import JSON
import SQL

/// The SQL of `prompt_versions`.
enum PromptVersionStore {
    private static let select = """
        SELECT version, document, created_at, created_by FROM prompt_versions WHERE project_id = $1 AND prompt_id = $2
        """
    private static let one = "\(select) AND version = $3"
    private static let list = "\(select) AND version < $3 ORDER BY version DESC LIMIT $4"
    private static let latest =
        "SELECT max(version) FROM prompt_versions WHERE project_id = $1 AND prompt_id = $2"
    private static let insert = """
        INSERT INTO prompt_versions (project_id, prompt_id, version, document, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        """
    private static let labels = """
        SELECT label FROM prompt_labels WHERE project_id = $1 AND prompt_id = $2 AND version = $3 ORDER BY label
        """
    private static let users = """
        SELECT DISTINCT d.name, d.environment FROM deployments d
        JOIN revision_variants v ON v.deployment_id = d.id AND v.revision = d.revision
        WHERE d.project_id = $1 AND d.deleted_at IS NULL AND v.prompt_id = $2
        ORDER BY d.name, d.environment LIMIT 5
        """

    private static func decode(_ prompt: RegisteredThing) -> (Row) throws -> PromptVersionRecord {
        { row in
            PromptVersionRecord(
                prompt: prompt.name, version: try row.int(0), document: try row.json(1).objectValue ?? [:],
                createdAt: Timestamp(milliseconds: try row.integer(2)), createdBy: try row.text(3))
        }
    }

    static func find(
        _ version: Int, of prompt: RegisteredThing, project: String, in connection: any Connection
    ) throws -> PromptVersionRecord? {
        try connection.first(one, [.text(project), .text(prompt.id), SQLValue(version)], decode(prompt))
    }

    /// Newest first.
    static func page(
        of prompt: RegisteredThing, project: String, before version: Int?, count: Int, in connection: any Connection
    ) throws -> [PromptVersionRecord] {
        let before = SQLValue(version ?? Int.max)
        return try connection.query(list, [.text(project), .text(prompt.id), before, SQLValue(count)], decode(prompt))
    }

    /// - Returns: nil before the first version.
    static func latest(of promptID: String, project: String, in connection: any Connection) throws -> Int? {
        try connection.first(latest, [.text(project), .text(promptID)]) { try $0.intOrNull(0) } ?? nil
    }

    static func insert(
        _ version: PromptVersionRecord, of prompt: RegisteredThing, project: String, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            insert,
            [
                .text(project), .text(prompt.id), SQLValue(version.version), SQLValue(version.document),
                .integer(version.createdAt.milliseconds), .text(version.createdBy),
            ])
    }

    static func labels(
        of promptID: String, version: Int, project: String, in connection: any Connection
    ) throws -> [String] {
        try connection.query(labels, [.text(project), .text(promptID), SQLValue(version)]) { try $0.text(0) }
    }

    /// `name (environment)` of up to five deployments whose live revision has the prompt.
    static func liveUsers(of promptID: String, project: String, in connection: any Connection) throws -> [String] {
        try connection.query(users, [.text(project), .text(promptID)]) { "\(try $0.text(0)) (\(try $0.text(1)))" }
    }
}

import Domain
import JSON
import SQL

/// The SQL of `probes`.
enum ProbeStore {
    private static let columns = """
        id, project_id, name, deployment, environment, dataset, scorer, interval_s, sample, next_due_at, created_at,
        created_by, updated_at
        """
    private static let select =
        "SELECT \(columns) FROM probes WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL"
    private static let list = """
        SELECT \(columns) FROM probes WHERE project_id = $1 AND name > $2 AND deleted_at IS NULL
        ORDER BY name LIMIT $3
        """
    private static let due = """
        SELECT \(columns) FROM probes WHERE next_due_at <= $1 AND deleted_at IS NULL ORDER BY next_due_at LIMIT $2
        """
    private static let nextDue = """
        SELECT next_due_at FROM probes WHERE next_due_at IS NOT NULL AND deleted_at IS NULL
        ORDER BY next_due_at LIMIT 1
        """
    private static let insert = """
        INSERT INTO probes (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """
    private static let update = """
        UPDATE probes SET deployment = $3, environment = $4, dataset = $5, scorer = $6, interval_s = $7, sample = $8,
            next_due_at = $9, updated_at = $10
        WHERE project_id = $1 AND id = $2
        """
    private static let delete =
        "UPDATE probes SET deleted_at = $3, next_due_at = NULL WHERE project_id = $1 AND id = $2"
    private static let reschedule = "UPDATE probes SET next_due_at = $3 WHERE project_id = $1 AND id = $2"

    private static func decode(_ row: Row) throws -> ProbeRecord {
        ProbeRecord(
            id: try row.text(0), project: try row.text(1),
            definition: ProbeDefinition(
                name: try row.text(2), deployment: try row.text(3), environment: try row.text(4),
                dataset: try row.text(5), scorer: try row.document(6), intervalSeconds: try row.int(7),
                sample: try row.intOrNull(8)),
            nextDueAt: try row.integerOrNull(9).map { Timestamp(milliseconds: $0) },
            createdAt: Timestamp(milliseconds: try row.integer(10)), createdBy: try row.text(11),
            updatedAt: Timestamp(milliseconds: try row.integer(12)))
    }

    static func find(_ name: String, project: String, in connection: any Connection) throws -> ProbeRecord? {
        try connection.first(select, [.text(project), .text(name)], decode)
    }

    static func page(
        project: String, after name: String?, count: Int, in connection: any Connection
    ) throws -> [ProbeRecord] {
        try connection.query(list, [.text(project), .text(name ?? ""), SQLValue(count)], decode)
    }

    /// Of all projects, the longest overdue first.
    static func due(at now: Timestamp, count: Int, in connection: any Connection) throws -> [ProbeRecord] {
        try connection.query(due, [.integer(now.milliseconds), SQLValue(count)], decode)
    }

    static func nextDue(in connection: any Connection) throws -> Timestamp? {
        try connection.first(nextDue, []) { Timestamp(milliseconds: try $0.integer(0)) }
    }

    static func insert(_ probe: ProbeRecord, in transaction: any Transaction) throws {
        let definition = probe.definition
        try transaction.execute(
            insert,
            [
                .text(probe.id), .text(probe.project), .text(definition.name), .text(definition.deployment),
                .text(definition.environment), .text(definition.dataset), .text(definition.scorer.text),
                SQLValue(definition.intervalSeconds), SQLValue(definition.sample),
                SQLValue(probe.nextDueAt?.milliseconds), .integer(probe.createdAt.milliseconds),
                .text(probe.createdBy), .integer(probe.updatedAt.milliseconds),
            ])
    }

    static func update(_ probe: ProbeRecord, in transaction: any Transaction) throws {
        let definition = probe.definition
        try transaction.execute(
            update,
            [
                .text(probe.project), .text(probe.id), .text(definition.deployment), .text(definition.environment),
                .text(definition.dataset), .text(definition.scorer.text), SQLValue(definition.intervalSeconds),
                SQLValue(definition.sample), SQLValue(probe.nextDueAt?.milliseconds),
                .integer(probe.updatedAt.milliseconds),
            ])
    }

    static func reschedule(_ probe: ProbeRecord, at due: Timestamp?, in transaction: any Transaction) throws {
        try transaction.execute(
            reschedule, [.text(probe.project), .text(probe.id), SQLValue(due?.milliseconds)])
    }

    static func delete(_ probe: ProbeRecord, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(delete, [.text(probe.project), .text(probe.id), .integer(now.milliseconds)])
    }
}

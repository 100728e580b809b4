import Domain
import JSON
import SQL

/// The SQL of the tables `models`, `prompts` and `datasets`, which share their columns.
struct RegisteredThingTable: Sendable {
    static let models = RegisteredThingTable("models")
    static let prompts = RegisteredThingTable("prompts")
    static let datasets = RegisteredThingTable("datasets")

    private let select: String
    private let list: String
    private let insert: String
    private let update: String
    private let delete: String

    private init(_ table: StaticString) {
        select = """
            SELECT id, name, description, tags, created_at, created_by, updated_at FROM \(table)
            WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL
            """
        list = """
            SELECT id, name, description, tags, created_at, created_by, updated_at FROM \(table)
            WHERE project_id = $1 AND name > $2 AND deleted_at IS NULL ORDER BY name LIMIT $3
            """
        insert = """
            INSERT INTO \(table) (id, project_id, name, description, tags, created_at, created_by, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """
        update = """
            UPDATE \(table) SET description = $3, tags = $4, updated_at = $5 WHERE project_id = $1 AND id = $2
            """
        delete = "UPDATE \(table) SET deleted_at = $3 WHERE project_id = $1 AND id = $2"
    }

    private static func decode(_ row: Row) throws -> RegisteredThing {
        RegisteredThing(
            id: try row.text(0), name: try row.text(1), description: try row.textOrNull(2),
            tags: try row.json(3).objectValue ?? [:], createdAt: Timestamp(milliseconds: try row.integer(4)),
            createdBy: try row.text(5), updatedAt: Timestamp(milliseconds: try row.integer(6)))
    }

    func find(_ name: String, project: String, in connection: any Connection) throws -> RegisteredThing? {
        try connection.first(select, [.text(project), .text(name)], Self.decode)
    }

    func page(
        project: String, after name: String?, count: Int, in connection: any Connection
    ) throws -> [RegisteredThing] {
        try connection.query(list, [.text(project), .text(name ?? ""), SQLValue(count)], Self.decode)
    }

    func insert(_ thing: RegisteredThing, project: String, in transaction: any Transaction) throws {
        try transaction.execute(
            insert,
            [
                .text(thing.id), .text(project), .text(thing.name), SQLValue(thing.description), SQLValue(thing.tags),
                .integer(thing.createdAt.milliseconds), .text(thing.createdBy),
                .integer(thing.updatedAt.milliseconds),
            ])
    }

    func update(_ thing: RegisteredThing, project: String, in transaction: any Transaction) throws {
        try transaction.execute(
            update,
            [
                .text(project), .text(thing.id), SQLValue(thing.description), SQLValue(thing.tags),
                .integer(thing.updatedAt.milliseconds),
            ])
    }

    func delete(_ thing: RegisteredThing, project: String, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(delete, [.text(project), .text(thing.id), .integer(now.milliseconds)])
    }
}

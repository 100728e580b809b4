import Domain
import JSON
import SQL

/// The SQL of `model_aliases` and `prompt_labels`, which share their shape.
struct PointerStore: Sendable {
    static let aliases = PointerStore(.alias, table: "model_aliases", versions: "model_versions", id: "model_id")
    static let labels = PointerStore(.label, table: "prompt_labels", versions: "prompt_versions", id: "prompt_id")

    let kind: PointerKind
    private let select: String
    private let list: String
    private let put: String
    private let delete: String
    private let version: String
    private let followers: String

    private init(_ kind: PointerKind, table: StaticString, versions: StaticString, id: StaticString) {
        self.kind = kind
        let columns = "\(kind.rawValue), version, updated_at, updated_by"
        select = "SELECT \(columns) FROM \(table) WHERE project_id = $1 AND \(id) = $2 AND \(kind.rawValue) = $3"
        list = """
            SELECT \(columns) FROM \(table) WHERE project_id = $1 AND \(id) = $2 AND \(kind.rawValue) > $3
            ORDER BY \(kind.rawValue) LIMIT $4
            """
        put = """
            INSERT INTO \(table) (project_id, \(id), \(columns)) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (\(id), \(kind.rawValue)) DO UPDATE
            SET version = excluded.version, updated_at = excluded.updated_at, updated_by = excluded.updated_by
            """
        delete = "DELETE FROM \(table) WHERE project_id = $1 AND \(id) = $2 AND \(kind.rawValue) = $3"
        version = "SELECT version FROM \(versions) WHERE project_id = $1 AND \(id) = $2 AND version = $3"
        followers = """
            SELECT DISTINCT d.id, d.name, d.environment FROM deployments d
            JOIN deployment_revisions r ON r.deployment_id = d.id AND r.revision = d.revision
            JOIN revision_variants v ON v.deployment_id = d.id AND v.revision = d.revision
            WHERE d.project_id = $1 AND d.deleted_at IS NULL AND r.follow = 1
              AND v.\(id) = $2 AND v.\(kind.thing)_ref = $3
            ORDER BY d.id
            """
    }

    private func decode(_ thing: RegisteredThing) -> (Row) throws -> Pointer {
        { row in
            Pointer(
                kind: kind, thing: thing.name, name: try row.text(0), version: try row.int(1),
                updatedAt: Timestamp(milliseconds: try row.integer(2)), updatedBy: try row.text(3))
        }
    }

    func find(
        _ name: String, of thing: RegisteredThing, project: String, in connection: any Connection
    ) throws -> Pointer? {
        try connection.first(select, [.text(project), .text(thing.id), .text(name)], decode(thing))
    }

    func page(
        of thing: RegisteredThing, project: String, after name: String?, count: Int, in connection: any Connection
    ) throws -> [Pointer] {
        try connection.query(
            list, [.text(project), .text(thing.id), .text(name ?? ""), SQLValue(count)], decode(thing))
    }

    /// `{"champion":7}`, by name; as many as a representation can carry.
    func all(of thingID: String, project: String, in connection: any Connection) throws -> JSONObject {
        let rows = try connection.query(
            list, [.text(project), .text(thingID), .text(""), SQLValue(1_000)]
        ) { (key: try $0.text(0), value: JSONValue(try $0.int(1))) }
        return JSONObject(rows)
    }

    func hasVersion(
        _ number: Int, of thingID: String, project: String, in connection: any Connection
    ) throws -> Bool {
        try connection.exists(version, [.text(project), .text(thingID), SQLValue(number)])
    }

    func put(
        _ pointer: Pointer, of thing: RegisteredThing, project: String, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            put,
            [
                .text(project), .text(thing.id), .text(pointer.name), SQLValue(pointer.version),
                .integer(pointer.updatedAt.milliseconds), .text(pointer.updatedBy),
            ])
    }

    func delete(
        _ pointer: Pointer, of thing: RegisteredThing, project: String, in transaction: any Transaction
    ) throws {
        try transaction.execute(delete, [.text(project), .text(thing.id), .text(pointer.name)])
    }

    /// Live deployments that follow the pointer: their ids, and `name (environment)`.
    func followers(
        of pointer: Pointer, thingID: String, project: String, in connection: any Connection
    ) throws -> [(id: String, name: String)] {
        try connection.query(followers, [.text(project), .text(thingID), .text(pointer.reference)]) { row in
            (id: try row.text(0), name: "\(try row.text(1)) (\(try row.text(2)))")
        }
    }
}

import Domain
import JSON
import SQL

/// The SQL of `dataset_examples`.
enum ExampleStore {
    private static let select = """
        SELECT id, input, expected, tags FROM dataset_examples
        WHERE project_id = $1 AND dataset_id = $2 AND deleted_at IS NULL
        """
    private static let one = "\(select) AND id = $3"
    private static let list = "\(select) AND id > $3 ORDER BY id LIMIT $4"
    private static let count = """
        SELECT count(*) FROM dataset_examples WHERE project_id = $1 AND dataset_id = $2 AND deleted_at IS NULL
        """
    private static let insert = """
        INSERT INTO dataset_examples (id, project_id, dataset_id, input, expected, tags, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """
    private static let delete = """
        UPDATE dataset_examples SET deleted_at = $4 WHERE project_id = $1 AND dataset_id = $2 AND id = $3
        """

    /// The stored input is neither messages nor variables.
    struct Unreadable: Error {
        let example: String
    }

    private static func decode(_ row: Row) throws -> DatasetExample {
        let id = try row.text(0)
        guard let input = DatasetExample.Input(try row.json(1)) else { throw Unreadable(example: id) }
        return DatasetExample(
            id: id, input: input, expected: try row.json(2),
            tags: (try row.json(3).arrayValue ?? []).compactMap(\.stringValue))
    }

    static func find(
        _ id: String, of datasetID: String, project: String, in connection: any Connection
    ) throws -> DatasetExample? {
        try connection.first(one, [.text(project), .text(datasetID), .text(id)], decode)
    }

    /// In the order in which they were added.
    static func page(
        of datasetID: String, project: String, after id: String?, count: Int, in connection: any Connection
    ) throws -> [DatasetExample] {
        try connection.query(
            list, [.text(project), .text(datasetID), .text(id ?? ""), SQLValue(count)], decode)
    }

    static func count(of datasetID: String, project: String, in connection: any Connection) throws -> Int {
        try connection.first(count, [.text(project), .text(datasetID)]) { try $0.int(0) } ?? 0
    }

    static func insert(
        _ examples: [DatasetExample], of datasetID: String, project: String, at now: Timestamp, by actor: String,
        in transaction: any Transaction
    ) throws {
        let rows = examples.map { example -> [SQLValue] in
            [
                .text(example.id), .text(project), .text(datasetID), SQLValue(example.input.json),
                SQLValue(example.expected), SQLValue(JSONValue.array(example.tags.map { .string($0) })),
                .integer(now.milliseconds), .text(actor),
            ]
        }
        try transaction.executeMany(insert, rows: rows)
    }

    static func delete(
        _ id: String, of datasetID: String, project: String, at now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            delete, [.text(project), .text(datasetID), .text(id), .integer(now.milliseconds)])
    }
}

import Support

@testable import SQL

/// A database in a directory of its own, with one table of notes, and what the tests ask of it again and again.
struct Store {
    let directory: TemporaryDirectory
    let database: SQLiteDatabase
    let options: SQLiteOptions

    static let schema = [
        Migration(
            version: 1, name: "notes",
            sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;")
    ]

    init(_ migrations: [Migration] = schema, _ adjust: (inout SQLiteOptions) -> Void = { _ in }) throws {
        directory = try TemporaryDirectory("sql")
        var options = SQLiteOptions(path: directory.file("store.sqlite"))
        adjust(&options)
        self.options = options
        database = try SQLiteDatabase(options, migrations: migrations)
    }

    func add(_ id: Int, _ text: String = "x") async throws {
        try await database.write { transaction in
            try transaction.execute(
                "INSERT INTO notes (id, text) VALUES ($1, $2)", [SQLValue(id), SQLValue(text)])
        }
    }

    func ids() async throws -> [Int] {
        try await database.read { try $0.query("SELECT id FROM notes ORDER BY id") { try $0.int(0) } }
    }
}

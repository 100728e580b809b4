import Testing

@testable import SQL

@Suite struct StatementTests {
    private func read<T: Sendable>(
        _ sql: String, _ parameters: [SQLValue], _ decode: @escaping @Sendable (Row) throws -> T
    ) async throws -> T? {
        try await Store().database.read { try $0.first(sql, parameters, decode) }
    }

    @Test func parametersGoByNumberNotByAppearance() async throws {
        let row = try await read("SELECT $2, $1, $2", ["one", "two"]) {
            [try $0.text(0), try $0.text(1), try $0.text(2)]
        }
        #expect(row == ["two", "one", "two"])
    }

    @Test(arguments: [
        ("SELECT ?", [SQLValue.null]), ("SELECT :name", [.null]), ("SELECT $name", [.null]), ("SELECT $1", []),
        ("SELECT $1", [.null, .null]), ("SELECT $1; SELECT 2", [.null]), ("", []), ("SELECT $1", [.real(.nan)]),
        ("SELECT \"no_such_column\"", []),
    ])
    func statementThatIsNotInTheSharedDialectIsRefused(_ sql: String, _ parameters: [SQLValue]) async throws {
        await #expect(throws: SQLError.self) { try await read(sql, parameters) { _ in } }
    }

    @Test(arguments: [
        SQLValue.null, .integer(.min), .integer(.max), .real(-0.0), .real(.infinity), .real(1e-308), .text(""),
        .text("a\u{0}b"), .text("👩‍👩‍👧 Ω"), .blob([]), .blob([0, 255, 0]),
        .text(String(repeating: "é", count: 100_000)),
    ])
    func valueComesBackAsItWent(_ value: SQLValue) async throws {
        #expect(try await read("SELECT $1", [value]) { try $0.value(0) } == value)
    }

    @Test func wrongTypeIsRefusedWithItsColumn() async throws {
        let sql = "SELECT NULL AS absent, 'seven' AS word, 7 AS number, 7.5 AS fraction, x'00' AS bytes"
        let cases: [(@Sendable (Row) throws -> Void, SQLError)] = [
            ({ _ = try $0.text(0) }, .column(index: 0, name: "absent", expected: "text", found: "NULL")),
            ({ _ = try $0.integer(1) }, .column(index: 1, name: "word", expected: "an integer", found: "text")),
            ({ _ = try $0.text(2) }, .column(index: 2, name: "number", expected: "text", found: "an integer")),
            ({ _ = try $0.bool(2) }, .column(index: 2, name: "number", expected: "0 or 1", found: "7")),
            ({ _ = try $0.int(3) }, .column(index: 3, name: "fraction", expected: "an integer", found: "a real")),
            ({ _ = try $0.real(4) }, .column(index: 4, name: "bytes", expected: "a real", found: "a blob")),
            ({ _ = try $0.intOrNull(1) }, .column(index: 1, name: "word", expected: "an integer", found: "text")),
            ({ _ = try $0.int(5) }, .column(index: 5, name: "none", expected: "a column", found: "5 columns")),
            ({ _ = try $0.int(-1) }, .column(index: -1, name: "none", expected: "a column", found: "5 columns")),
        ]
        for (decode, error) in cases {
            await #expect(throws: error) { try await read(sql, [], decode) }
        }
        #expect(try await read(sql, []) { try $0.textOrNull(0) } == .some(nil))
    }

    @Test func storedBytesThatAreNotUTF8AreNotRepairedInSilence() async throws {
        let error = SQLError.column(index: 0, name: "t", expected: "text", found: "bytes that are not UTF-8")
        await #expect(throws: error) { try await read("SELECT CAST(x'61ff' AS TEXT) AS t", []) { try $0.text(0) } }
    }

    @Test func rowKeptAfterItsDecoderIsDead() async throws {
        let store = try Store()
        try await store.add(1)
        await #expect(throws: SQLError.closed) {
            try await store.database.read { connection in
                let rows = try connection.query("SELECT id FROM notes") { $0 }
                return try rows[0].int(0)
            }
        }
    }

    @Test func decoderMayRunTheStatementThatIsBeingStepped() async throws {
        let store = try Store()
        for id in 1...3 { try await store.add(id) }
        let sql = "SELECT id FROM notes WHERE id > $1 ORDER BY id"
        let pairs = try await store.database.read { connection in
            try connection.query(sql, [0]) { row in
                let above = try connection.query(sql, [.integer(try row.integer(0))]) { try $0.int(0) }
                return [try row.int(0)] + above
            }
        }
        #expect(pairs == [[1, 2, 3], [2, 3], [3]])
    }

    @Test func cacheKeepsTheStatementsUsedLastAndNoMoreThanItsBound() throws {
        let store = try Store()
        var options = store.options
        options.statementCacheMax = 8
        let connection = try SQLiteConnection(options, role: .reader)
        for round in 0..<200 {
            let read = try connection.asGuest {
                [
                    try connection.first("SELECT $1", [SQLValue(round)]) { try $0.int(0) },
                    try connection.first("SELECT \(round)", []) { try $0.int(0) },
                ]
            }
            #expect(read == [round, round])
            #expect(connection.cachedStatements <= 8)
        }
        #expect(connection.cachedStatements == 8)
    }

    @Test func cachedStatementSurvivesAChangeOfTheSchema() async throws {
        let store = try Store()
        try await store.add(1)
        let sql = "SELECT * FROM notes"
        let before = try await store.database.read { try $0.first(sql) { $0.count } }
        try await store.database.write { try $0.execute("ALTER TABLE notes ADD COLUMN extra TEXT") }
        let after = try await store.database.read { try $0.first(sql) { $0.count } }
        #expect(before == 2 && after == 3)
    }

    @Test func rowsChangedAreThoseOfTheStatementItself() async throws {
        let store = try Store()
        let changes = try await store.database.write { transaction in
            [
                try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'a'), (2, 'b')"),
                try transaction.execute("UPDATE notes SET text = 'c' WHERE id = 99"),
                try transaction.execute("CREATE TABLE other (x INTEGER) STRICT"),
                try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'z') ON CONFLICT DO NOTHING"),
                try transaction.execute("DELETE FROM notes"),
            ]
        }
        #expect(changes == [2, 0, 0, 0, 2])
    }

    @Test func manyRowsGoThroughOneStatementAndTheBadOneFailsAll() async throws {
        let store = try Store()
        let insert = "INSERT INTO notes (id, text) VALUES ($1, $2)"
        let rows = (1...1000).map { [SQLValue($0), SQLValue("n\($0)")] }
        try await store.database.write { try $0.executeMany(insert, rows: rows) }
        #expect(try await store.ids().count == 1000)
        await #expect(throws: SQLError.constraint(kind: .notNull, detail: "notes.text")) {
            try await store.database.write {
                try $0.executeMany(insert, rows: [[2001, "a"], [2002, nil], [2003, "c"]])
            }
        }
        #expect(try await store.ids().count == 1000)
    }
}

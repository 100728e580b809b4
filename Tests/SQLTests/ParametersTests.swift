import SQL
import Support
import Testing

@Suite struct ParametersTests {
    private func store() throws -> (SQLiteDatabase, TemporaryDirectory) {
        let directory = try TemporaryDirectory("parameters")
        let table = Migration(
            version: 1, name: "t", sql: "CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d REAL) STRICT")
        return (
            try SQLiteDatabase(SQLiteOptions(path: directory.file("t.sqlite")), migrations: [table]), directory
        )
    }

    private static let insertion = "INSERT INTO t (d, a, b, c) VALUES ($4, $1, $2, $3)"

    @Test func whatIsBoundIsReadBackWhateverItsLengthAndWhatIsNotGivenIsNull() async throws {
        let (database, directory) = try store()
        defer { withExtendedLifetime(directory) {} }
        // Around the room for short values, and all of it at once.
        let lengths = [0, 1, 15, 16, 2_048, 4_095, 4_096, 4_097, 100_000]
        try await database.write { transaction in
            try transaction.executeMany(Self.insertion, count: lengths.count * 2) { row, index in
                let length = lengths[index / 2]
                row.integer(Int64(index), at: 1)
                guard index % 2 == 0 else { return }
                row.text(String(repeating: "é", count: length), at: 2)
                row.blob([UInt8](repeating: UInt8(index), count: length), at: 3)
                row.real(Double(index) / 4, at: 4)
            }
        }
        let rows = try await database.read { connection in
            try connection.query("SELECT a, b, c, d FROM t ORDER BY a") { row in
                (try row.int(0), try row.textOrNull(1), try row.blobOrNull(2), try row.realOrNull(3))
            }
        }
        #expect(rows.count == lengths.count * 2)
        for (index, row) in rows.enumerated() {
            #expect(row.0 == index)
            let isGiven = index % 2 == 0
            #expect(row.1 == (isGiven ? String(repeating: "é", count: lengths[index / 2]) : nil))
            #expect(row.2 == (isGiven ? [UInt8](repeating: UInt8(index), count: lengths[index / 2]) : nil))
            #expect(row.3 == (isGiven ? Double(index) / 4 : nil))
        }
        await database.close()
    }

    @Test func aNaNAndAPositionThatIsNoneAreRefusedAndTheRunsBeforeStand() async throws {
        let (database, directory) = try store()
        defer { withExtendedLifetime(directory) {} }
        for (value, position) in [(Double.nan, 4), (1, 0), (1, 5)] {
            try await database.write { transaction in
                #expect(throws: SQLError.self) {
                    try transaction.executeMany(Self.insertion, count: 3) { row, index in
                        if index == 1 { row.real(value, at: position) } else { row.real(0, at: 4) }
                    }
                }
                // The same statement is whole again.
                try transaction.executeMany(Self.insertion, count: 1) { row, _ in row.real(2, at: 4) }
            }
        }
        let sums = try await database.read { try $0.query("SELECT d FROM t") { try $0.real(0) } }
        #expect(sums == [0, 2, 0, 2, 0, 2])
        await database.close()
    }

    @Test func whatTheClosureThrowsIsThrownAndNothingRuns() async throws {
        struct Mine: Error {}
        let (database, directory) = try store()
        defer { withExtendedLifetime(directory) {} }
        await #expect(throws: Mine.self) {
            try await database.write { transaction in
                try transaction.executeMany(Self.insertion, count: 2) { _, _ in throw Mine() }
            }
        }
        try await database.write { try $0.executeMany(Self.insertion, count: 0) { _, _ in throw Mine() } }
        #expect(try await database.read { try $0.exists("SELECT 1 FROM t") } == false)
        await database.close()
    }
}

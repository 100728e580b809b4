import Domain
import HTTP
import JSON
import Migrations
import REST
package import Reactor
package import SQL
import Support

/// The two files of an installation with the writes that the product makes: control writes in one transaction with
/// their idempotency record and their audit entry, and batches of telemetry. What a test has made fail is for the
/// caller to know; this knows what must hold whatever failed.
package final class ScriptedStore: Sendable {
    /// Rows of one batch.
    package static let batchRows = 60

    package let control: SQLiteDatabase
    package let telemetry: SQLiteDatabase
    private let mutations: Mutations
    private let clock = HandClock()
    private let loop: EventLoop

    /// A file of the shape of telemetry, in two tables that are written together; the product's own schema may change
    /// under it.
    private static let telemetrySchema = [
        Migration(
            version: 1, name: "batches",
            sql: """
                CREATE TABLE rows (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, unit TEXT NOT NULL) STRICT;
                CREATE INDEX rows_by_unit ON rows (unit, id);
                CREATE TABLE totals (batch INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
                """)
    ]

    /// - Parameters:
    ///   - directory: where the two files are or come to be.
    ///   - loop: named in the requests; it need not run.
    package init(directory: String, vfs: String? = nil, loop: EventLoop) throws {
        self.loop = loop
        // Logs so short that checkpoints come in the midst of the script.
        let options = { SQLiteOptions(path: $0, readers: 1, walAutocheckpointPages: 12, vfs: vfs) }
        control = try SQLiteDatabase(options(Self.controlPath(directory)), migrations: Migrations.control)
        telemetry = try SQLiteDatabase(options(Self.telemetryPath(directory)), migrations: Self.telemetrySchema)
        let hand = clock
        let wall = WallClock { hand.now }
        mutations = Mutations(
            database: control, clock: wall,
            identifiers: IdentifierGenerator(clock: wall, random: SeededGenerator(seed: 11)),
            digest: ControlPlaneHarness.digest, sources: [:])
    }

    package static func controlPath(_ directory: String) -> String { directory + "/control.sqlite" }
    package static func telemetryPath(_ directory: String) -> String { directory + "/telemetry.sqlite" }

    package func close() async {
        await telemetry.close()
        await control.close()
    }

    // MARK: Writes

    /// One control write under an idempotency key of its own name. True when it was answered from the record.
    package func deed(_ name: String) async throws -> Bool {
        let body = Array(#"{"name":"\#(name)"}"#.utf8)
        let head = RequestHead(
            method: .post, target: "/api/v1/models", fields: [("Host", "localhost"), ("Idempotency-Key", name)])
        let call = Call(
            request: Request(head: head, body: body, loop: loop),
            principal: Principal(keyID: "k", name: "script", project: "default", role: .admin))
        let now = clock.now.milliseconds
        let response = try await mutations.perform(call) { transaction in
            try transaction.execute(
                """
                INSERT INTO models (id, project_id, name, description, tags, created_at, created_by, updated_at)
                VALUES ($1, 'default', $1, $2, '[]', $3, 'script', $3)
                """,
                [
                    .text(name), .text(String(repeating: "d", count: name.utf8.count % 3 == 0 ? 5000 : 40)),
                    .integer(now),
                ])
            let entry = AuditEntry(action: "model.create", resource: "models/\(name)", after: ["name": .string(name)])
            return Mutation(.json(body, status: 201), audit: [entry])
        }
        return response.headers.contains { $0.name == "Idempotency-Replayed" }
    }

    /// One batch in one transaction.
    package func batch(_ number: Int) async throws {
        let count = Self.batchRows
        try await telemetry.write { transaction in
            let rows = (0..<count).map { row -> [SQLValue] in
                [SQLValue(number * 1000 + row), SQLValue(number), .text("unit-\(row % 7)-\(number)")]
            }
            try transaction.executeMany("INSERT INTO rows (id, batch, unit) VALUES ($1, $2, $3)", rows: rows)
            try transaction.execute(
                "INSERT INTO totals (batch, count) VALUES ($1, $2)", [SQLValue(number), SQLValue(count)])
        }
    }
}

import SQL
import Testing

@Suite struct ConstraintTests {
    private static let schema = [
        Migration(
            version: 1, name: "rules",
            sql: """
                CREATE TABLE owners (id TEXT PRIMARY KEY) STRICT;
                CREATE TABLE pets (
                    id INTEGER PRIMARY KEY,
                    owner TEXT NOT NULL REFERENCES owners (id),
                    name TEXT NOT NULL,
                    legs INTEGER CONSTRAINT legs_even CHECK (legs % 2 = 0),
                    UNIQUE (owner, name)
                ) STRICT;
                CREATE TRIGGER no_snakes BEFORE INSERT ON pets WHEN new.legs = 0
                BEGIN SELECT RAISE(ABORT, 'no snakes'); END;
                INSERT INTO owners VALUES ('ada');
                INSERT INTO pets VALUES (1, 'ada', 'rex', 4);
                """)
    ]

    @Test(arguments: [
        ("INSERT INTO pets VALUES (1, 'ada', 'tom', 4)", ConstraintKind.unique, "pets.id"),
        ("INSERT INTO pets VALUES (2, 'ada', 'rex', 4)", .unique, "pets.owner, pets.name"),
        ("INSERT INTO owners VALUES ('ada')", .unique, "owners.id"),
        ("INSERT INTO pets VALUES (2, 'bob', 'tom', 4)", .foreignKey, ""),
        ("DELETE FROM owners WHERE id = 'ada'", .foreignKey, ""),
        ("INSERT INTO pets VALUES (2, 'ada', 'tom', 3)", .check, "legs_even"),
        ("INSERT INTO pets VALUES (2, 'ada', NULL, 4)", .notNull, "pets.name"),
        (
            "INSERT INTO pets VALUES (2, 'ada', 'tom', 'four')", .type,
            "cannot store TEXT value in INTEGER column pets.legs"
        ),
        ("INSERT INTO pets VALUES (2, 'ada', 'tom', 0)", .trigger, "no snakes"),
    ])
    func everyKindOfRuleIsNamed(_ sql: String, _ kind: ConstraintKind, _ detail: String) async throws {
        let store = try Store(Self.schema)
        await #expect(throws: SQLError.constraint(kind: kind, detail: detail)) {
            try await store.database.write { try $0.execute(sql) }
        }
    }

    @Test func foreignKeyIsCheckedWhenOnlyTheFirstReturnedRowIsWanted() async throws {
        let store = try Store(Self.schema)
        await #expect(throws: SQLError.constraint(kind: .foreignKey, detail: "")) {
            try await store.database.write { transaction in
                try transaction.first(
                    "INSERT INTO pets VALUES (2, 'bob', 'tom', 4), (3, 'ada', 'sam', 4) RETURNING id"
                ) { try $0.int(0) }
            }
        }
        let pets = try await store.database.read { try $0.first("SELECT count(*) FROM pets") { try $0.int(0) } }
        #expect(pets == 1)
    }
}

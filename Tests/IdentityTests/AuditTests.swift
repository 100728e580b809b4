import Domain
import HTTP
import JSON
import REST
import SQL
import Support
import Testing

@testable import Identity

@Suite struct AuditTests {
    @Test func theLogSaysWhoDidWhatNewestFirst() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.admin)
        harness.plane.clock.advance(milliseconds: 1_000)
        #expect(await harness.send(.post, "/projects", ["name": "third"], as: key.secret).status == 201)
        // What failed is not told as done.
        #expect(await harness.send(.post, "/projects", ["name": "third"], as: key.secret).status == 409)
        harness.plane.clock.advance(milliseconds: 1_000)
        #expect(await harness.send(.delete, "/keys/\(key.id)").status == 204)

        let items = await harness.send(.get, "/audit").items
        #expect(items.map { $0["action"] } == ["key.revoke", "project.create", "key.create"])
        #expect(items.map { $0["actor"] } == ["key:bootstrap", .string("key:\(key.id)"), "key:bootstrap"])
        #expect(items.map { $0["sequence"] } == [3, 2, 1])
        #expect(items[0]["before"]?["revoked_at"] == .null)
        #expect(items[0]["after"]?["revoked_at"] == "2026-01-31T09:05:02.250Z")
        #expect(items[1]["resource"] == "projects/third")
        #expect(items.allSatisfy { $0["outcome"] == "done" && $0["request_id"]?.stringValue?.isEmpty == false })
        #expect(items.allSatisfy { $0["before"]?["key"] == nil && $0["after"]?["key"] == nil })
    }

    @Test func theLogIsFilteredPagedAndOfOneProject() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.auditor)
        harness.plane.clock.advance(milliseconds: 1_000)
        for name in ["p1", "p2", "p3"] {
            #expect(await harness.send(.post, "/projects", ["name": .string(name)]).status == 201)
        }
        func resources(_ query: String, as secret: String) async -> [String?] {
            await harness.send(.get, "/audit?\(query)", as: secret).items.map { $0["resource"]?.stringValue }
        }
        #expect(await resources("action=key.create", as: key.secret) == ["keys/\(key.id)"])
        #expect(await resources("resource=projects/p2", as: key.secret) == ["projects/p2"])
        #expect(await resources("actor=nobody", as: key.secret) == [])
        #expect(await resources("to=2026-01-31T09:05:01Z", as: key.secret) == ["keys/\(key.id)"])
        #expect(await resources("from=2026-01-31T09:05:01.250Z", as: key.secret).count == 3)
        #expect(await harness.send(.get, "/audit?from=then", as: key.secret).pointers == ["query/from"])
        let page = await harness.send(.get, "/audit?limit=2", as: key.secret)
        let cursor = try #require(page.json["next_cursor"]?.stringValue)
        #expect(await harness.send(.post, "/projects", ["name": "p4"]).status == 201)
        #expect(
            await resources("limit=2&cursor=\(cursor)", as: key.secret) == ["projects/p1", "keys/\(key.id)"])
        let other = try await harness.make(.admin, ["project": "other"])
        #expect(await resources("", as: other.secret) == [])
        let viewer = try await harness.make(.viewer)
        #expect(await harness.send(.get, "/audit", as: viewer.secret).status == 403)
    }

    /// The hash of each entry from its fields and the hash before it, as a verifier computes it.
    private func chain(_ database: any Database) async throws -> [(stored: String, computed: String)] {
        try await database.read { connection in
            var previous = ""
            return try connection.query(
                """
                SELECT sequence, at, project_id, actor, action, resource, outcome, before, after, request_id, address,
                       hash FROM audit ORDER BY sequence
                """, []
            ) { row in
                let stored = try row.text(11)
                let computed = AuditLog.hash(
                    ControlPlaneHarness.digest, previous: previous, sequence: try row.integer(0),
                    parts: try [String(row.integer(1))] + (2..<11).map { try row.text($0) })
                previous = stored
                return (stored, computed)
            }
        }
    }

    @Test func theChainIsRecomputedAndAnEditOrDeletionShows() async throws {
        let harness = try await IdentityHarness()
        for name in ["p1", "p2", "p3", "p4"] {
            #expect(await harness.send(.post, "/projects", ["name": .string(name)]).status == 201)
        }
        let sound = try await chain(harness.plane.control)
        #expect(sound.count == 4)
        #expect(sound.allSatisfy { $0.stored == $0.computed })
        #expect(Set(sound.map(\.stored)).count == 4)

        try await harness.plane.control.write {
            try $0.execute("UPDATE audit SET actor = 'key:somebody' WHERE sequence = 2")
        }
        #expect(try await chain(harness.plane.control).map { $0.stored == $0.computed } == [true, false, true, true])
        try await harness.plane.control.write { try $0.execute("DELETE FROM audit WHERE sequence = 2") }
        #expect(try await chain(harness.plane.control).map { $0.stored == $0.computed } == [true, false, true])
    }

    @Test func movingTextFromOneFieldToTheNextChangesTheHash() {
        let hash = { AuditLog.hash(ControlPlaneHarness.digest, previous: "p", sequence: 1, parts: $0) }
        #expect(hash(["ab", "c"]) != hash(["a", "bc"]))
        #expect(hash(["1:a", ""]) != hash(["1", ":a"]))
        #expect(Fingerprint.sha256(Array("abc".utf8)).prefix(4) == [0xBA, 0x78, 0x16, 0xBF])
    }
}

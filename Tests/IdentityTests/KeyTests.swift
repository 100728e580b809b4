import Domain
import HTTP
import JSON
import REST
import SQL
import Support
import Testing

@testable import Identity

@Suite struct KeyTests {
    @Test func aKeyIsShownOnceAndStoredNowhere() async throws {
        let harness = try await IdentityHarness()
        let body: JSONValue = ["name": "ci", "role": "ci", "deployments": ["bot"], "environment": "staging"]
        let made = await harness.send(.post, "/keys", body, headers: [("Idempotency-Key", "one")])
        #expect(made.status == 201)
        let id = try #require(made.json["id"]?.stringValue)
        let secret = try #require(made.json["key"]?.stringValue)
        #expect(made.location == "/api/v1/keys/\(id)")
        #expect(secret.wholeMatch(of: /sbx_[0-9A-Z]{26}_[0-9A-Za-z]{43}/) != nil)
        #expect(secret.hasPrefix("sbx_\(id)_"))

        let shown = await harness.send(.get, "/keys/\(id)")
        #expect(
            shown.json == [
                "id": .string(id), "name": "ci", "role": "ci", "project": "default", "deployments": ["bot"],
                "environment": "staging", "created_at": "2026-01-31T09:05:00.250Z", "created_by": "key:bootstrap",
                "expires_at": nil, "revoked_at": nil, "limits": nil, "budget": nil, "previous_until": nil,
            ])
        #expect(await harness.send(.get, "/keys").items == [shown.json])
        // Whoever repeats the request learns which key was made, not its secret: the record of it lies in the file.
        let again = await harness.send(.post, "/keys", body, headers: [("Idempotency-Key", "one")])
        #expect(again.status == 201)
        #expect(again.json == shown.json)
        #expect(again.response.headers["Idempotency-Replayed"] == "true")
        let stored = try await harness.everythingStored()
        #expect(stored.contains("key.create"))
        #expect(!stored.contains(secret))
        #expect(!stored.contains(secret.suffix(43)))
    }

    @Test func secretsDiffer() {
        #expect(Set((0..<500).map { _ in KeySecret(keyID: "K").text }).count == 500)
    }

    @Test func aRevokedKeyIsRefusedOnTheNextRequest() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.auditor)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 200)
        let tag = await harness.send(.get, "/keys/\(key.id)").entityTag
        let stale = await harness.send(.delete, "/keys/\(key.id)", headers: [("If-Match", "\"0\"")])
        #expect(stale.status == 412)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 200)
        #expect(await harness.send(.delete, "/keys/\(key.id)", headers: [("If-Match", tag)]).status == 204)
        let refused = await harness.send(.get, "/keys", as: key.secret)
        #expect(refused.status == 401)
        #expect(refused.response.headers["WWW-Authenticate"] != nil)
        #expect(await harness.send(.get, "/keys/\(key.id)").json["revoked_at"] == "2026-01-31T09:05:00.250Z")
        // A second revocation leaves the first moment, and a new start does not bring the key back.
        harness.plane.clock.advance(milliseconds: 5)
        #expect(await harness.send(.delete, "/keys/\(key.id)").status == 204)
        #expect(await harness.send(.get, "/keys/\(key.id)").json["revoked_at"] == "2026-01-31T09:05:00.250Z")
        try await KeySource(snapshot: harness.table, meters: harness.meters).load(from: harness.plane.control)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 401)
    }

    @Test func aKeyThatWasMadeIsUsableAfterANewStart() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.admin)
        harness.table.replace(with: .empty)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 401)
        try await KeySource(snapshot: harness.table, meters: harness.meters).load(from: harness.plane.control)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 200)
    }

    @Test func aKeyExpiresAtItsMomentAndNotBefore() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.admin, ["expires_at": "2026-01-31T09:05:01.250Z"])
        harness.plane.clock.advance(milliseconds: 999)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 200)
        harness.plane.clock.advance(milliseconds: 1)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 401)
        for moment in ["2026-01-31T09:05:01.250Z", "2020-01-01T00:00:00Z"] {
            let past = await harness.send(
                .post, "/keys", ["name": "k", "role": "viewer", "expires_at": .string(moment)])
            #expect(past.status == 422)
            #expect(past.pointers == ["/expires_at"])
        }
    }

    @Test func nobodyGrantsMoreThanTheyHold() async throws {
        let harness = try await IdentityHarness()
        for role in Role.allCases where role != .admin {
            let key = try await harness.make(role)
            let reply = await harness.send(.post, "/keys", ["name": "k", "role": "admin"], as: key.secret)
            #expect(reply.status == 403, "\(role)")
        }
        let narrow = try await harness.make(.admin, ["deployments": ["bot", "two"]])
        for wide in [[:], ["deployments": ["bot", "three"]]] as [JSONValue] {
            let body: JSONValue = ["name": "k", "role": "caller"]
            let reply = await harness.send(.post, "/keys", body.mergePatched(with: wide), as: narrow.secret)
            #expect(reply.status == 403)
        }
        let kept = try await harness.make(.caller, ["deployments": ["two"]], as: narrow.secret)
        #expect(harness.table.current.entries[kept.id]?.principal.deployments == ["two"])
    }

    @Test func aMakerWithExtraPermissionsButNotTheRoleIsRefusedByName() async throws {
        // No role has these permissions today; the check must not rely on that.
        let hasher = KeyHasher(try #require(MasterKey([UInt8](repeating: 1, count: 32))))
        let plane = try await ControlPlaneHarness(
            authenticator: { _ in KeyWriter() },
            endpoints: { control, mutations in
                KeyEndpoints(
                    control: control, mutations: mutations, hasher: hasher,
                    meters: MeterBook(clock: mutations.clock)
                ).endpoints
            })
        let reply = await plane.send(.post, "/api/v1/keys", ["name": "k", "role": "author"])
        #expect(reply.status == 403)
        #expect(reply.json["detail"]?.stringValue?.contains("inference.call") == true)
        #expect(await plane.send(.post, "/api/v1/keys", ["name": "k", "role": "viewer"]).status == 201)
    }

    @Test func theAdministratorOfOneProjectReachesIntoNoOther() async throws {
        let harness = try await IdentityHarness()
        let other = try await harness.make(.admin, ["project": "other"])
        #expect(harness.table.current.entries[other.id]?.principal.project == "other")
        let reach = await harness.send(
            .post, "/keys", ["name": "k", "role": "admin", "project": "default"], as: other.secret)
        #expect(reach.status == 422)
        #expect(reach.pointers == ["/project"])
        let own = try await harness.make(.viewer, ["project": "other"], as: other.secret)
        #expect(await harness.send(.get, "/keys/\(own.id)", as: other.secret).status == 200)
        // From outside, keys of a project do not exist.
        #expect(await harness.send(.get, "/keys/\(own.id)").status == 404)
        #expect(await harness.send(.delete, "/keys/\(own.id)").status == 404)
        #expect(await harness.send(.get, "/keys").items.isEmpty)
        let projects = await harness.send(.get, "/projects", as: other.secret).items.map { $0["name"] }
        #expect(projects == ["other"])
        #expect(await harness.send(.get, "/projects").items.map { $0["name"] } == ["default", "other"])
    }

    @Test func theListIsPagedInOrder() async throws {
        let harness = try await IdentityHarness()
        var ids = [String]()
        for _ in 0..<5 { ids.append(try await harness.make(.viewer).id) }
        let first = await harness.send(.get, "/keys?limit=3")
        let cursor = try #require(first.json["next_cursor"]?.stringValue)
        let second = await harness.send(.get, "/keys?limit=3&cursor=\(cursor)")
        #expect((first.items + second.items).map { $0["id"]?.stringValue } == ids)
        #expect(second.json["next_cursor"] == .null)
    }

    @Test(
        arguments: [
            (["role": "root"], "/role"), (["name": "No Name"], "/name"), (["deployments": ["A B"]], "/deployments/0"),
            (["expires_at": "tomorrow"], "/expires_at"), (["rolle": "admin"], "/rolle"),
            (["project": "none"], "/project"),
            (["expires_at": "-9223372036854775808"], "/expires_at"),
        ] as [(JSONValue, String)])
    func whatIsWrongIsNamedByItsPointer(_ change: JSONValue, _ pointer: String) async throws {
        let body: JSONValue = ["name": "k", "role": "viewer"]
        let reply = try await IdentityHarness().send(.post, "/keys", body.mergePatched(with: change))
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
    }

    @Test func theMintMakesAKeyThatWorksAtOnce() async throws {
        let harness = try await IdentityHarness()
        let secret = try await harness.mint.make(name: "first", role: .admin, by: "system")
        #expect(await harness.send(.get, "/keys", as: secret.revealed()).items[0]["created_by"] == "system")
        #expect("\(secret)" == "<secret>")
        let now = harness.plane.clock.now.milliseconds
        #expect(try await harness.plane.control.read { try KeyStore.hasUsable(at: now, in: $0) })
    }
}

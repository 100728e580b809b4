import Domain
import HTTP
import JSON
import REST
import Support
import Testing

@testable import Identity

@Suite struct AuthenticatorTests {
    private func found(_ fields: [(String, String)]) -> String? {
        Credential.find(in: RequestHead(method: .get, target: "/", fields: [("Host", "h")] + fields)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func keysStandInAnyOfThreePlaces() {
        #expect(found([("Authorization", "Bearer abc")]) == "abc")
        #expect(found([("authorization", "bEARER   abc")]) == "abc")
        #expect(found([("x-api-key", "abc")]) == "abc")
        // pk:abc
        #expect(found([("Authorization", "Basic cGs6YWJj")]) == "abc")
        // a:b:c — only the first colon parts name and secret.
        #expect(found([("Authorization", "basic YTpiOmM=")]) == "b:c")
        // A wrong Authorization is not made good by another header.
        #expect(found([("Authorization", "Bearer abc"), ("x-api-key", "other")]) == "abc")
        #expect(found([("Authorization", "Digest abc"), ("x-api-key", "other")]) == nil)
    }

    @Test(arguments: [
        "", "Bearer", "Bearer ", "Bearerabc", "Basic", "Basic !!!!", "Basic YWJj", "Basic cGs6YWJj*", "abc",
        "Token abc", "Basic A",
    ])
    func malformedCredentialsAreNoCredentials(_ value: String) {
        #expect((found([("Authorization", value)]) ?? "") == "")
    }

    @Test func onlyTheWholeAndExactSecretOpens() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.admin)
        let other = try await harness.make(.admin)
        func status(_ credential: String) async -> Int { await harness.send(.get, "/keys", as: credential).status }
        #expect(await status(key.secret) == 200)
        let secret = Array(key.secret.utf8)
        for index in stride(from: 0, to: secret.count, by: 3) {
            var changed = secret
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(await status(String(decoding: changed, as: UTF8.self)) == 401, "byte \(index)")
        }
        for wrong in [
            String(key.secret.dropLast()), key.secret + "A", key.secret + "_", "sbx_\(key.id)_", "sbx_\(key.id)",
            "sbx__\(key.secret.suffix(43))", "sbx_\(other.id)_\(key.secret.suffix(43))", "sbx_", "_", "sbx_';--_x",
            key.secret.lowercased(), String(repeating: "A", count: 513), key.id, String(key.secret.prefix(20)),
            "\u{FF}", IdentityHarness.bootstrap + "x", String(IdentityHarness.bootstrap.dropLast()),
        ] { #expect(await status(wrong) == 401, "\(wrong)") }
    }

    @Test func theBootstrapKeyIsAnAdministratorOfTheDefaultProject() throws {
        let hasher = KeyHasher(try #require(MasterKey([UInt8](repeating: 7, count: 32))))
        let clock = WallClock { Timestamp(milliseconds: 0) }
        // Of the form of an ordinary key, which the table does not know.
        let text = "sbx_01ARYZ6S41TSV4RRFFQ69G5FAV_" + String(repeating: "b", count: 43)
        let open = KeyAuthenticator(table: Snapshot(.empty), hasher: hasher, clock: clock, bootstrap: Secret(text))
        let principal = try #require(open.principal(for: Array(text.utf8)[...]))
        #expect(principal.actor == "key:bootstrap")
        #expect(principal.project == "default")
        #expect(principal.permissions == Set(Permission.allCases))
        let shut = KeyAuthenticator(table: Snapshot(.empty), hasher: hasher, clock: clock, bootstrap: nil)
        #expect(shut.principal(for: Array(text.utf8)[...]) == nil)
        #expect(shut.principal(for: [][...]) == nil)
    }

    @Test func aKeyProvesNothingUnderAnotherMasterKey() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.admin)
        let stolen = KeyAuthenticator(
            table: harness.table, hasher: KeyHasher(try #require(MasterKey([UInt8](repeating: 8, count: 32)))),
            clock: WallClock { Timestamp(milliseconds: 0) }, bootstrap: nil)
        #expect(stolen.principal(for: Array(key.secret.utf8)[...]) == nil)
    }

    /// What goes on for a key without its secret ends with the key.
    @Test func aKeyIsFoundByItsIdForAsLongAsItMayBeUsed() throws {
        let hasher = KeyHasher(try #require(MasterKey([UInt8](repeating: 7, count: 32))))
        let clock = HandClock()
        let principal = Principal(keyID: "k1", name: "k", project: "default", role: .caller)
        let entry = KeyTable.Entry(
            principal: principal, digest: [], expiresAt: Timestamp(milliseconds: clock.now.milliseconds + 1_000))
        let table = Snapshot(KeyTable(entries: ["k1": entry]))
        let authenticator = KeyAuthenticator(
            table: table, hasher: hasher, clock: WallClock { clock.now },
            bootstrap: Secret(String(repeating: "b", count: 43)))
        #expect(authenticator.principal(ofKey: "k1") === principal)
        #expect(authenticator.principal(ofKey: "k2") == nil)
        #expect(authenticator.principal(ofKey: "bootstrap")?.role == .admin)
        clock.advance(milliseconds: 1_000)
        #expect(authenticator.principal(ofKey: "k1") == nil)
        table.replace(with: .empty)
        #expect(authenticator.principal(ofKey: "k1") == nil)
        let shut = KeyAuthenticator(table: table, hasher: hasher, clock: WallClock { clock.now }, bootstrap: nil)
        #expect(shut.principal(ofKey: "bootstrap") == nil)
    }

    /// A connection that has proved a key once proves it again by the same bytes, and by nothing else.
    @Test func whatAConnectionHasProvedEndsWithTheKey() throws {
        let hasher = KeyHasher(try #require(MasterKey([UInt8](repeating: 7, count: 32))))
        let clock = HandClock()
        let id = "01ARYZ6S41TSV4RRFFQ69G5FAV"
        let secret = Array("sbx_\(id)_\(String(repeating: "b", count: 43))".utf8)
        let principal = Principal(keyID: id, name: "k", project: "default", role: .caller)
        let entry = KeyTable.Entry(
            principal: principal, digest: hasher.digest(secret),
            expiresAt: Timestamp(milliseconds: clock.now.milliseconds + 1_000))
        let table = Snapshot(KeyTable(entries: [id: entry]))
        let authenticator = KeyAuthenticator(
            table: table, hasher: hasher, clock: WallClock { clock.now }, bootstrap: nil)
        var accepted: AnyObject?
        func isProved(_ credential: [UInt8]) -> Bool {
            authenticator.principal(for: credential[...], accepted: &accepted) === principal
        }
        #expect(isProved(secret))
        let noted = accepted
        #expect(noted != nil)
        #expect(isProved(secret) && accepted === noted)
        for place in secret.indices {
            var changed = secret
            changed[place] ^= 1
            #expect(!isProved(changed), "byte \(place)")
        }
        #expect(!isProved(Array(secret.dropLast())) && !isProved(secret + secret) && !isProved([]))
        // Another table without the key: it was revoked.
        table.replace(with: KeyTable(entries: [:]))
        #expect(!isProved(secret))
        table.replace(with: KeyTable(entries: [id: entry]))
        #expect(isProved(secret))
        clock.advance(milliseconds: 1_000)
        #expect(!isProved(secret))
    }
}

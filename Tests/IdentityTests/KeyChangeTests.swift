import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Identity

/// Keys that go on: changed, limited, or with another secret.
@Suite struct KeyChangeTests {
    private static let limits: JSONValue = ["requests_per_minute": 100, "tokens_per_minute": 5_000, "concurrent": 4]
    private static let budget: JSONValue = ["micro_usd": 2_000_000, "period": "week", "alert_at": 0.8]

    private func meters(_ harness: IdentityHarness, _ id: String) -> [Meter] {
        harness.table.current.entries[id]?.principal.meters ?? []
    }

    @Test func limitsAndBudgetAreShownAndHoldFromTheNextRequestOn() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.caller, ["limits": Self.limits, "budget": Self.budget])
        let shown = await harness.send(.get, "/keys/\(key.id)")
        #expect(shown.json["limits"] == Self.limits)
        #expect(shown.json["budget"] == Self.budget)
        let meter = try #require(meters(harness, key.id).first)
        #expect(meter.subject == LimitedSubject(.key, key.id))
        #expect(meter.limits?.concurrent == 4)
        #expect(meter.budget == Budget(microUSD: 2_000_000, period: .week, alertAt: 0.8))
        // A merge patch: what it does not name stays, null removes.
        let patched = await harness.send(
            .patch, "/keys/\(key.id)", ["limits": ["requests_per_minute": 7, "concurrent": nil], "budget": nil])
        #expect(patched.status == 200)
        #expect(patched.json["limits"] == ["requests_per_minute": 7, "tokens_per_minute": 5_000])
        #expect(patched.json["budget"] == .null)
        let next = try #require(meters(harness, key.id).first)
        #expect(next.limits?.requestsPerMinute == 7)
        #expect(next.budget == nil)
        #expect(await harness.send(.patch, "/keys/\(key.id)", ["limits": nil]).status == 200)
        #expect(meters(harness, key.id).allSatisfy { $0.limits == nil && $0.budget == nil })
        // They outlive the process.
        _ = await harness.send(.patch, "/keys/\(key.id)", ["limits": Self.limits])
        harness.table.replace(with: .empty)
        try await KeySource(snapshot: harness.table, meters: harness.meters).load(from: harness.plane.control)
        #expect(meters(harness, key.id).first?.limits?.requestsPerMinute == 100)
        let actions = await harness.send(.get, "/audit?action=key.update").items
        #expect(actions.count == 3)
    }

    @Test func theSpendingOfThePeriodIsShownAndTheTagIsTheKeys() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.caller, ["budget": ["micro_usd": 1_000, "period": "day"]])
        let before = await harness.send(.get, "/keys/\(key.id)")
        #expect(
            before.json["spending"] == [
                "from": "2026-01-31T00:00:00.000Z", "to": "2026-02-01T00:00:00.000Z", "micro_usd": 0,
                "reserved_micro_usd": 0, "left_micro_usd": 1_000,
            ])
        let meter = try #require(meters(harness, key.id).first)
        guard
            case .taken(let hold) = meter.take(
                tokens: 0, ceiling: 600, allowsUnpriced: false, now: 1, later: 1, wall: harness.plane.clock.now)
        else {
            Issue.record("refused")
            return
        }
        let during = await harness.send(.get, "/keys/\(key.id)")
        #expect(during.json["spending"]?["reserved_micro_usd"] == 600)
        #expect(during.json["spending"]?["left_micro_usd"] == 400)
        _ = meter.settle(hold, used: nil, spent: 250, now: 2)
        let after = await harness.send(.get, "/keys/\(key.id)")
        #expect(after.json["spending"]?["micro_usd"] == 250)
        #expect(after.entityTag == before.entityTag)
        #expect(
            await harness.send(.patch, "/keys/\(key.id)", ["name": "n"], headers: [("If-Match", after.entityTag)])
                .status == 200)
        let plain = try await harness.make(.caller)
        #expect(await harness.send(.get, "/keys/\(plain.id)").json["spending"] == nil)
    }

    @Test(
        arguments: [
            (["limits": ["requests_per_minute": 0]], "/limits/requests_per_minute"),
            (["limits": ["tokens_per_minute": 1.5]], "/limits/tokens_per_minute"),
            (["limits": ["concurrent": 2_000_000_000]], "/limits/concurrent"),
            (["limits": ["requests_per_minut": 5]], "/limits/requests_per_minut"),
            (["limits": ["requests_burst": 5]], "/limits/requests_burst"),
            (["limits": 5], "/limits"), (["budget": ["period": "day"]], "/budget/micro_usd"),
            (["budget": ["micro_usd": 1, "period": "year"]], "/budget/period"),
            (["budget": ["micro_usd": -1, "period": "day"]], "/budget/micro_usd"),
            (["budget": ["micro_usd": 1, "period": "day", "alert_at": 2]], "/budget/alert_at"),
            (["role": "admin"], "/role"), (["project": "other"], "/project"), (["name": nil], "/name"),
            (["expires_at": "2020-01-01T00:00:00Z"], "/expires_at"),
        ] as [(JSONValue, String)])
    func whatIsWrongIsNamedByItsPointer(_ change: JSONValue, _ pointer: String) async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.caller)
        let reply = await harness.send(.patch, "/keys/\(key.id)", change)
        #expect(reply.status == 422)
        #expect(reply.pointers == [pointer])
    }

    @Test func nobodyWidensAKeyBeyondTheirOwn() async throws {
        let harness = try await IdentityHarness()
        let wide = try await harness.make(.admin)
        let narrow = try await harness.make(.admin, ["deployments": ["bot"]])
        for change in [["deployments": nil], ["deployments": ["bot", "other"]], ["name": "n"]] as [JSONValue] {
            #expect(await harness.send(.patch, "/keys/\(wide.id)", change, as: narrow.secret).status == 403)
        }
        #expect(await harness.send(.post, "/keys/\(wide.id)/rotate", [:], as: narrow.secret).status == 403)
        let caller = try await harness.make(.caller, ["deployments": ["bot"]])
        #expect(await harness.send(.patch, "/keys/\(caller.id)", ["name": "n"], as: narrow.secret).status == 200)
        let other = try await harness.make(.admin, ["project": "other"])
        #expect(await harness.send(.patch, "/keys/\(wide.id)", ["name": "n"], as: other.secret).status == 404)
        #expect(await harness.send(.post, "/keys/\(wide.id)/rotate", [:], as: other.secret).status == 404)
    }

    @Test func anOldSecretIsTakenForTheOverlapAndNoLonger() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.auditor)
        let rotated = await harness.send(
            .post, "/keys/\(key.id)/rotate", ["overlap_s": 60], headers: [("Idempotency-Key", "r")])
        #expect(rotated.status == 200)
        let second = try #require(rotated.json["key"]?.stringValue)
        #expect(second.hasPrefix("sbx_\(key.id)_"))
        #expect(second != key.secret)
        #expect(rotated.json["previous_until"] == "2026-01-31T09:06:00.250Z")
        for secret in [key.secret, second] {
            #expect(await harness.send(.get, "/keys", as: secret).status == 200)
        }
        // On one connection as well, where the credential is remembered.
        var accepted: AnyObject?
        let authenticator = KeyAuthenticator(
            table: harness.table, hasher: harness.hasher, clock: WallClock { harness.plane.clock.now }, bootstrap: nil)
        #expect(authenticator.principal(for: Array(key.secret.utf8)[...], accepted: &accepted) != nil)
        harness.plane.clock.advance(milliseconds: 59_999)
        #expect(authenticator.principal(for: Array(key.secret.utf8)[...], accepted: &accepted) != nil)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 200)
        harness.plane.clock.advance(milliseconds: 1)
        #expect(authenticator.principal(for: Array(key.secret.utf8)[...], accepted: &accepted) == nil)
        #expect(await harness.send(.get, "/keys", as: key.secret).status == 401)
        #expect(await harness.send(.get, "/keys", as: second).status == 200)
        // Without an overlap the old one is refused at once, and so is the one before that.
        let third = await harness.send(.post, "/keys/\(key.id)/rotate", [:])
        for secret in [key.secret, second] {
            #expect(await harness.send(.get, "/keys", as: secret).status == 401)
        }
        let newest = try #require(third.json["key"]?.stringValue)
        #expect(await harness.send(.get, "/keys", as: newest).status == 200)
        // A repeated request is told what was done, not the secret; the file has it nowhere.
        let again = await harness.send(
            .post, "/keys/\(key.id)/rotate", ["overlap_s": 60], headers: [("Idempotency-Key", "r")])
        #expect(again.json["key"] == nil)
        let stored = try await harness.everythingStored()
        #expect(!stored.contains(second.suffix(43)))
        #expect(stored.contains("key.rotate"))
    }

    @Test func aRevokedKeyIsNeitherChangedNorRotated() async throws {
        let harness = try await IdentityHarness()
        let key = try await harness.make(.caller)
        #expect(
            await harness.send(.patch, "/keys/\(key.id)", ["name": "n"], headers: [("If-Match", "\"0\"")]).status == 412
        )
        #expect(await harness.send(.delete, "/keys/\(key.id)").status == 204)
        #expect(await harness.send(.patch, "/keys/\(key.id)", ["name": "n"]).status == 409)
        #expect(await harness.send(.post, "/keys/\(key.id)/rotate", [:]).status == 409)
        #expect(await harness.send(.post, "/keys/none/rotate", [:]).status == 404)
        #expect(await harness.send(.post, "/keys/\(key.id)/rotate", ["overlap_s": 604_801]).status == 422)
    }

    @Test func aProjectsLimitsHoldForEveryKeyOfIt() async throws {
        let harness = try await IdentityHarness()
        let made = await harness.send(
            .post, "/projects", ["name": "team", "limits": ["requests_per_minute": 5], "budget": Self.budget])
        #expect(made.status == 201)
        #expect(made.json["limits"] == ["requests_per_minute": 5])
        #expect(await harness.send(.get, "/projects/team").json == made.json)
        let keys = [
            try await harness.make(.caller, ["project": "team"]),
            try await harness.make(.caller, ["project": "team", "limits": ["concurrent": 1]]),
        ]
        let project = try #require(made.json["id"]?.stringValue)
        #expect(meters(harness, keys[0].id).map(\.subject) == [LimitedSubject(.project, project)])
        #expect(
            meters(harness, keys[1].id).map(\.subject)
                == [LimitedSubject(.key, keys[1].id), LimitedSubject(.project, project)])
        let patched = await harness.send(.patch, "/projects/team", ["limits": ["concurrent": 9], "budget": nil])
        #expect(patched.json["limits"] == ["requests_per_minute": 5, "concurrent": 9])
        #expect(meters(harness, keys[0].id).first?.limits?.concurrent == 9)
        #expect(await harness.send(.patch, "/projects/team", ["name": "other-name"]).status == 422)
        let outsider = try await harness.make(.admin, ["project": "other"])
        #expect(await harness.send(.get, "/projects/team", as: outsider.secret).status == 404)
        #expect(await harness.send(.patch, "/projects/team", ["limits": nil], as: outsider.secret).status == 404)
        #expect(await harness.send(.get, "/projects/other", as: outsider.secret).status == 200)
    }

    /// What bounds a key or a project is not its own to lift.
    @Test func whoIsBoundedLiftsNoBounds() async throws {
        let harness = try await IdentityHarness()
        for bound in [["limits": Self.limits], ["budget": Self.budget], ["expires_at": "2026-03-01T00:00:00Z"]]
            as [JSONObject]
        {
            let key = try await harness.make(.admin, .object(bound))
            let name = try #require(bound.keys.first)
            #expect(await harness.send(.patch, "/keys/\(key.id)", [name: nil], as: key.secret).status == 403)
            #expect(await harness.send(.post, "/keys", ["name": "x", "role": "admin"], as: key.secret).status == 403)
            #expect(await harness.send(.post, "/keys/\(key.id)/rotate", [:], as: key.secret).status == 403)
            #expect(await harness.send(.patch, "/keys/\(key.id)", [name: nil]).status == 200)
        }
        #expect(await harness.send(.post, "/projects", ["name": "team", "budget": Self.budget]).status == 201)
        let own = try await harness.make(.admin, ["project": "team"])
        let refused = await harness.send(.patch, "/projects/team", ["budget": nil], as: own.secret)
        #expect(refused.status == 403)
        #expect(await harness.send(.get, "/projects/team").json["budget"] == Self.budget)
    }

    @Test func theTagOfANewSecretIsThatOfItsKey() async throws {
        let harness = try await IdentityHarness()
        let made = await harness.send(.post, "/keys", ["name": "k", "role": "caller"])
        let id = try #require(made.json["id"]?.stringValue)
        #expect(await harness.send(.get, "/keys/\(id)").entityTag == made.entityTag)
        let rotated = await harness.send(
            .post, "/keys/\(id)/rotate", ["overlap_s": 60], headers: [("If-Match", made.entityTag)])
        #expect(rotated.status == 200)
        #expect(rotated.entityTag != made.entityTag)
        #expect(
            await harness.send(.patch, "/keys/\(id)", ["name": "n"], headers: [("If-Match", rotated.entityTag)])
                .status == 200)
    }

    @Test func whoMayNotMakeAKeyMayNotRevokeIt() async throws {
        let harness = try await IdentityHarness()
        let wide = try await harness.make(.admin)
        let narrow = try await harness.make(.admin, ["deployments": ["bot"]])
        #expect(await harness.send(.delete, "/keys/\(wide.id)", as: narrow.secret).status == 403)
        #expect(await harness.send(.get, "/keys", as: wide.secret).status == 200)
        let caller = try await harness.make(.caller, ["deployments": ["bot"]])
        #expect(await harness.send(.delete, "/keys/\(caller.id)", as: narrow.secret).status == 204)
        #expect(await harness.send(.delete, "/keys/\(narrow.id)", as: narrow.secret).status == 204)
    }

    @Test func whatBoundsTheProjectDefaultBoundsTheBootstrapKey() async throws {
        let harness = try await IdentityHarness()
        let authenticator = KeyAuthenticator(
            table: harness.table, hasher: harness.hasher, clock: WallClock { harness.plane.clock.now },
            bootstrap: Secret(IdentityHarness.bootstrap))
        var accepted: AnyObject?
        func meters() -> [Meter]? {
            authenticator.principal(for: Array(IdentityHarness.bootstrap.utf8)[...], accepted: &accepted)?.meters
        }
        #expect(meters()?.isEmpty == true)
        let budget: JSONValue = ["budget": ["micro_usd": 1_000, "period": "day"]]
        #expect(await harness.send(.patch, "/projects/default", budget).status == 200)
        let key = try await harness.make(.caller)
        let bounded = try #require(meters()?.first)
        #expect(bounded.subject == LimitedSubject(.project, "default"))
        #expect(harness.table.current.entries[key.id]?.principal.meters.first?.account === bounded.account)
        // It still administers.
        #expect(await harness.send(.patch, "/projects/default", ["budget": .null]).status == 200)
    }

    @Test func theMetersOfRevokedKeysAreForgotten() async throws {
        let harness = try await IdentityHarness()
        let before = harness.meters.count
        for _ in 0..<5 {
            let key = try await harness.make(.caller, ["limits": ["requests_per_minute": 5]])
            #expect(harness.meters.count == before + 1)
            #expect(await harness.send(.delete, "/keys/\(key.id)").status == 204)
            #expect(harness.meters.count == before)
        }
    }
}

package import Domain
import HTTP
import JSON
package import REST
package import SQL

/// Keys: made, listed, revoked. The secret is in the answer that made it and nowhere else.
package struct KeyEndpoints: Sendable {
    let control: any Database
    let mutations: Mutations
    let hasher: KeyHasher
    let meters: MeterBook

    /// - Parameter meters: what counts against the keys' budgets.
    package init(control: any Database, mutations: Mutations, hasher: KeyHasher, meters: MeterBook) {
        self.control = control
        self.mutations = mutations
        self.hasher = hasher
        self.meters = meters
    }

    static let path = "/api/v1/keys"
    static let one = "/api/v1/keys/{key}"

    private static let creation = Schema.checked(
        .object(
            [.optional("project", .name, "another project's name; the caller's own by default")] + members),
        RateLimits.violations)

    static let change = Schema.checked(.object(members), RateLimits.violations)

    private static let members: [Property] = [
        .required("name", .name),
        .required("role", .enumeration(Role.allCases.map(\.rawValue))),
        .optional("deployments", .array(.name, max: 500), "the deployments that may be called; all by default"),
        .optional("environment", .name, "which environment a bare deployment name means; production by default"),
        .optional("expires_at", .text(format: "moment", rule: momentRule, check: { Timestamp(parsing: $0) != nil })),
        .optional("limits", .limits),
        .optional("budget", .budget),
    ]

    private static let momentRule = "must be RFC 3339, such as 2027-01-31T09:00:00Z"

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, Self.path, .permission(.keysWrite), tag: "keys",
                summary: "Make a key; its secret is in this answer only", body: Self.creation,
                answers: [.init(201, "the key with its secret", .any(description: "a key"))]
            ) { call in try await create(call) },
            Endpoint(
                .get, Self.path, .permission(.keysRead), tag: "keys", summary: "List keys", query: Page.query,
                answers: [.init(200, "a page of keys", Page.schema(.any(description: "a key")))]
            ) { call in try await list(call) },
            Endpoint(
                .get, Self.one, .permission(.keysRead), tag: "keys", summary: "Read a key",
                answers: [
                    .init(200, "the key; with a budget, what of it is spent", .any(description: "a key"))
                ]
            ) { call in try await read(call) },
            Endpoint(
                .delete, Self.one, .permission(.keysWrite), tag: "keys",
                summary: "Revoke a key: the next request with it is refused; the record stays",
                answers: [.init(204, "revoked")]
            ) { call in try await revoke(call) },
        ] + changeEndpoints
    }

    private func create(_ call: Call) async throws -> Response {
        let role = call.body["role"]?.stringValue.flatMap(Role.init(rawValue:)) ?? .caller
        try Self.checkGrant(role, call.body, call)
        let expiresAt = call.body["expires_at"]?.stringValue.flatMap { Timestamp(parsing: $0) }
        let now = mutations.clock.now()
        if let expiresAt, expiresAt <= now { throw Problem.invalid("/expires_at", "must be in the future") }
        let id = mutations.identifiers.next()
        return try await mutations.perform(call) { [hasher] transaction in
            try Self.checkUnbounded(call, in: transaction)
            let project = try Self.project(call, in: transaction)
            let key = KeyRecord(
                id: id, project: project, name: call.body["name"]?.stringValue ?? "", role: role,
                deployments: call.body["deployments"]?.arrayValue?.compactMap(\.stringValue),
                environment: call.body["environment"]?.stringValue ?? "production", createdAt: now,
                createdBy: call.principal.actor, expiresAt: expiresAt, limits: RateLimits(call.body["limits"]),
                budget: Budget(call.body["budget"]))
            let secret = KeySecret(keyID: id)
            try KeyStore.insert(key, digest: hasher.digest(secret.text.utf8), in: transaction)
            let location = "/api/v1/keys/\(id)"
            return Mutation(
                Self.shown(key, secret, .resource(.object(key.json), status: 201, location: location)),
                // The record of an Idempotency-Key lies in the file for a day: the secret must not.
                remembered: .resource(.object(key.json), status: 201, location: location),
                audit: [AuditEntry(action: "key.create", resource: "keys/\(id)", after: .object(key.json))],
                stale: [.keys])
        }
    }

    /// With the secret, this once. The tag is that of the key as it is shown from then on, so that it can be changed by
    /// it.
    static func shown(_ key: KeyRecord, _ secret: KeySecret, _ response: Response) -> Response {
        var shown = key.json
        shown["key"] = .string(secret.text)
        var response = response
        response.body = .bytes(JSONValue.object(shown).encoded())
        return response
    }

    /// A key grants no permission that its maker lacks, and one that may call some deployments only makes keys for no
    /// others.
    static func checkGrant(_ role: Role, _ document: JSONValue, _ call: Call) throws {
        let excess = role.permissions.filter { !call.principal.may($0) }
        guard excess.isEmpty else {
            let names = excess.map(\.rawValue).sorted().joined(separator: ", ")
            throw Problem(
                status: 403, title: "Forbidden", detail: "a key cannot grant what its maker lacks: \(names)")
        }
        guard let own = call.principal.deployments else { return }
        let asked = document["deployments"]?.arrayValue?.compactMap(\.stringValue)
        guard let asked, own.isSuperset(of: asked) else {
            let names = own.sorted().joined(separator: ", ")
            throw Problem(
                status: 403, title: "Forbidden",
                detail: "a key cannot grant what its maker lacks: deployments other than \(names)"
            )
        }
    }

    /// A key that is bounded itself (limits, a budget, an end) makes, changes and rotates none: those could be without.
    static func checkUnbounded(_ call: Call, in connection: any Connection) throws {
        guard let own = try KeyStore.find(call.principal.keyID, project: call.project, in: connection),
            own.limits != nil || own.budget != nil || own.expiresAt != nil
        else { return }
        throw Problem(
            status: 403, title: "Forbidden",
            detail: "a key with limits, a budget or an end cannot make, change or rotate keys")
    }

    private static func project(_ call: Call, in connection: any Connection) throws -> String {
        guard let name = call.body["project"]?.stringValue else { return call.project }
        let found = try connection.first("SELECT id FROM projects WHERE name = $1", [.text(name)]) { row in
            try row.text(0)
        }
        // Only who may make projects, and from the installation's own project, may reach into another one.
        guard let found, found == call.project || (call.principal.may(.projectsWrite) && call.project == "default")
        else {
            throw Problem.invalid("/project", "is not a project")
        }
        return found
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = page.after?.first?.stringValue ?? ""
        let project = call.project
        let keys = try await control.read {
            try KeyStore.list(project: project, after: after, limit: page.fetchCount, in: $0)
        }
        return .value(page.answer(keys, key: { [.string($0.id)] }, item: { .object($0.json) }))
    }

    private func read(_ call: Call) async throws -> Response {
        let id = call.parameter("key")
        let project = call.project
        guard let key = try await control.read({ try KeyStore.find(id, project: project, in: $0) }) else {
            throw Problem.notFound("key \(id)")
        }
        var response = Response.resource(.object(key.json))
        // What is spent changes by the second, and the key does not: its tag is without it.
        guard let spending = Self.spending(of: key, meters) else { return response }
        var shown = key.json
        shown["spending"] = spending
        response.body = .bytes(JSONValue.object(shown).encoded())
        return response
    }

    /// Of the running period; nil for a key without a budget.
    private static func spending(of key: KeyRecord, _ meters: MeterBook) -> JSONValue? {
        guard let budget = key.budget, let state = meters.spending(of: LimitedSubject(.key, key.id)) else { return nil }
        return [
            "from": .string(Timestamp(milliseconds: state.span.lowerBound).text),
            "to": .string(Timestamp(milliseconds: state.span.upperBound).text),
            "micro_usd": .integer(state.spent), "reserved_micro_usd": .integer(state.promised),
            "left_micro_usd": .integer(max(0, budget.microUSD - state.spent - state.promised)),
        ]
    }

    private func revoke(_ call: Call) async throws -> Response {
        let id = call.parameter("key")
        let now = mutations.clock.now()
        return try await mutations.perform(call) { transaction in
            guard let key = try KeyStore.find(id, project: call.project, in: transaction) else {
                throw Problem.notFound("key \(id)")
            }
            try EntityTag.require(call.request, current: JSONValue.object(key.json).entityTag)
            // Whoever may not have made it may not end it.
            try Self.checkGrant(key.role, key.writable, call)
            try KeyStore.revoke(id, project: call.project, at: now, in: transaction)
            let after = try KeyStore.find(id, project: call.project, in: transaction)
            return Mutation(
                Response(status: 204),
                audit: [
                    AuditEntry(
                        action: "key.revoke", resource: "keys/\(id)", before: .object(key.json),
                        after: after.map { .object($0.json) } ?? .null)
                ], stale: [.keys])
        }
    }
}

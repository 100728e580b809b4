package import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/api/v1/providers`: upstream accounts and servers. No route gives a credential back.
package struct ProviderEndpoints: Sendable {
    private let control: any Database
    private let mutations: Mutations
    private let sealing: any SecretSealing
    private let kinds: ProviderKinds
    private let schema: Schema

    /// - Parameter kinds: those that the gateway can speak to.
    package init(control: any Database, mutations: Mutations, sealing: any SecretSealing, kinds: ProviderKinds) {
        self.control = control
        self.mutations = mutations
        self.sealing = sealing
        self.kinds = kinds
        schema = Self.schema(kinds)
    }

    private static let path = "/api/v1/providers"

    private static func schema(_ kinds: ProviderKinds) -> Schema {
        .checked(
            .object([
                .required("name", .name),
                .required("kind", .enumeration(kinds.names)),
                .optional(
                    "base_url", .string(max: BaseURL.bytesMax),
                    "what the vendor's SDK takes, with /v1 for OpenAI; the vendor's own when left out, if it has one"),
                .optional("credential", .string(min: 1, max: 8_192), "write-only; stored sealed"),
                .optional("region", .string(min: 1, max: 128)),
                .optional("allow_private", .boolean, "whether private and loopback addresses may be reached"),
                .optional(
                    "headers",
                    .map(.string(max: 8_192), keys: { _ in nil }, max: ProviderRules.headersMax),
                    "sent with each request"),
                .optional(
                    "settings",
                    .map(.string(min: 1, max: 128), keys: { _ in nil }, max: ProviderRules.settingsMax),
                    settings(kinds)),
                .optional("limits", .limits, "of everything that is sent to it"),
            ]), { ProviderRules.violations(in: $0, kinds: kinds) + RateLimits.violations(in: $0) })
    }

    /// What each kind takes, for the API's description.
    private static func settings(_ kinds: ProviderKinds) -> String {
        let all = kinds.all.flatMap { kind in
            kind.settings.map { "\(kind.name): \($0.name), \($0.meaning) (\($0.standard ?? "required"))" }
        }
        return "what the kind can be told: " + (all.isEmpty ? "nothing" : all.joined(separator: "; "))
    }

    private static let answer = Schema.any(description: "the provider, with credential_set instead of its credential")

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, Self.path, .permission(.providersWrite), tag: "providers", summary: "Add a provider",
                body: schema, answers: [.init(201, "the provider", Self.answer)]
            ) { call in try await create(call) },
            Endpoint(
                .get, Self.path, .permission(.providersRead), tag: "providers", summary: "List providers by name",
                query: Page.query, answers: [.init(200, "a page of providers", Page.schema(Self.answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, "\(Self.path)/{provider}", .permission(.providersRead), tag: "providers",
                summary: "Read a provider", answers: [.init(200, "the provider", Self.answer)]
            ) { call in try await show(call) },
            Endpoint(
                .patch, "\(Self.path)/{provider}", .permission(.providersWrite), tag: "providers",
                summary: "Change a provider; another base_url or kind asks for the credential again", body: schema,
                answers: [.init(200, "the provider", Self.answer)]
            ) { call in try await patch(call) },
            Endpoint(
                .delete, "\(Self.path)/{provider}", .permission(.providersWrite), tag: "providers",
                summary: "Delete a provider that no live revision uses; its credential is erased",
                answers: [.init(204, "deleted")]
            ) { call in try await delete(call) },
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        var draft = ProviderRecord(
            id: mutations.identifiers.next(), name: call.body["name"]?.stringValue ?? "", kind: "", baseURL: "",
            allowPrivate: false, headers: [:], settings: [:], limits: nil, createdAt: now,
            createdBy: call.principal.actor,
            updatedAt: now)
        try draft.apply(call.body, kinds: kinds)
        try setCredential(call.body["credential"], of: &draft, project: call.project, at: now)
        let provider = draft
        return try await mutations.perform(call) { transaction in
            guard try ProviderStore.find(provider.name, project: call.project, in: transaction) == nil else {
                throw Problem.conflict("the provider \(provider.name) exists already")
            }
            try ProviderStore.insert(provider, project: call.project, in: transaction)
            let json = provider.json
            return Mutation(
                .resource(json, status: 201, location: "\(Self.path)/\(provider.name)"),
                audit: [.init(action: "provider.create", resource: "providers/\(provider.name)", after: json)])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = try page.textAfter()
        let rows = try await control.read {
            try ProviderStore.page(project: call.project, after: after, count: page.fetchCount, in: $0)
        }
        return .value(page.answer(rows, key: { [.string($0.name)] }, item: \.json))
    }

    private func show(_ call: Call) async throws -> Response {
        .resource(try await control.read { try require(call, in: $0).json })
    }

    private func patch(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            try EntityTag.require(call.request, current: current.json.entityTag)
            // Another region moves the vendor's own address; another kind does not bring its own unasked.
            let stored = call.body["kind"] == nil ? current.writable(kinds: kinds) : current.writable
            let merged = try MergePatch.merged(stored, with: call.body, schema: schema, fixed: ["name"])
            var changed = current
            try changed.apply(merged, kinds: kinds)
            let credential = call.body["credential"]
            // Else a stored secret would be sent to whoever can change an address, or in the form of another kind: what
            // one signs with, another sends as it is.
            let isMoved = changed.baseURL != current.baseURL || changed.kind != current.kind
            if isMoved, current.credential != nil, credential == nil {
                throw Problem.invalid("/credential", "is required again when base_url or kind changes")
            }
            let now = mutations.clock.now()
            if let credential {
                try setCredential(credential, of: &changed, project: call.project, at: now)
            }
            guard credential != nil || changed.writable != current.writable else {
                return Mutation(.resource(current.json), audit: [])
            }
            changed.updatedAt = now
            try ProviderStore.update(changed, project: call.project, in: transaction)
            var after = changed.json.objectValue ?? [:]
            if let credential { after["credential"] = credential.isNull ? "removed" : "replaced" }
            return Mutation(
                .resource(changed.json),
                audit: [
                    .init(
                        action: "provider.update", resource: "providers/\(current.name)", before: current.json,
                        after: .object(after))
                ], stale: [.routing])
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let provider = try require(call, in: transaction)
            try EntityTag.require(call.request, current: provider.json.entityTag)
            let users = try ProviderStore.liveUsers(of: provider.id, project: call.project, in: transaction)
            guard users.isEmpty else {
                throw Problem.conflict("the provider \(provider.name) serves \(users.joined(separator: ", "))")
            }
            try ProviderStore.delete(
                provider.id, project: call.project, at: mutations.clock.now(), in: transaction)
            // Nothing live changes, but what was built for a pinned revision holds the credential until it is dropped.
            return Mutation(
                Response(status: 204),
                audit: [
                    .init(action: "provider.delete", resource: "providers/\(provider.name)", before: provider.json)
                ], stale: [.routing])
        }
    }

    private func require(_ call: Call, in connection: any Connection) throws -> ProviderRecord {
        let name = call.parameter("provider")
        guard let found = try ProviderStore.find(name, project: call.project, in: connection) else {
            throw Problem.notFound("provider \(name)")
        }
        return found
    }

    private func setCredential(
        _ value: JSONValue?, of provider: inout ProviderRecord, project: String, at now: Timestamp
    ) throws {
        guard let text = value?.stringValue else {
            provider.credential = nil
            provider.credentialSetAt = nil
            return
        }
        provider.credential = try sealing.seal(
            Secret(text), context: ProviderRecord.sealingContext(project: project, id: provider.id))
        provider.credentialSetAt = now
    }
}

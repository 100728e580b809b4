import Domain
import HTTP
import JSON
package import REST

/// `/api/v1/cache`: what the cache of answers did and holds, and how to empty it.
package struct CacheEndpoints: Sendable {
    /// Has the audit log say what is done; returns when it does.
    package typealias Audit = @Sendable (Call, AuditEntry) async throws -> Void

    private let gateway: Gateway
    private let audit: Audit

    package init(gateway: Gateway, audit: @escaping Audit) {
        self.gateway = gateway
        self.audit = audit
    }

    private static let path = "/api/v1/cache"
    private static let query: [Endpoint.Query] = [
        .init("deployment", .name, "only of this deployment"),
        .init("environment", .name, "only of this environment"),
    ]

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, Self.path, .permission(.cacheRead), tag: "cache",
                summary:
                    "What the cache of answers did since the start, and what it holds of the project's deployments",
                query: Self.query, answers: [.init(200, "the statistics", .any(description: "statistics"))]
            ) { call in .value(try statistics(call)) },
            Endpoint(
                .delete, Self.path, .permission(.cachePurge), tag: "cache",
                summary: "Let go of the answers that are kept; those that are under way are not kept either",
                query: Self.query,
                answers: [.init(200, "how many went, and their bytes", .any(description: "entries and bytes"))]
            ) { call in try await purge(call) },
        ]
    }

    private func statistics(_ call: Call) throws -> JSONValue {
        let filter = try Filter(call, gateway)
        let tallies = gateway.cache.all.filter(filter.holds).sorted {
            ($0.deployment, $0.environment) < ($1.deployment, $1.environment)
        }
        var object = Self.json(tallies)
        if let archive = gateway.cache.archive {
            let wanted = filter.deployments(in: gateway)
            let kept = archive.holdings.filter { wanted.contains($0.key) }.values
            object["disk"] = .object(Self.json(kept.reduce(into: ArchiveHolding()) { $0.add($1) }))
        }
        object["deployments"] = .array(
            tallies.map { tally in
                var one: JSONObject = [
                    "deployment": .string(tally.deployment), "environment": .string(tally.environment),
                ]
                for (key, value) in Self.json([tally]) { one[key] = value }
                return .object(one)
            })
        return .object(object)
    }

    private static func json(_ tallies: [CacheTally]) -> JSONObject {
        func sum(_ value: (CacheTally) -> Int) -> JSONValue { .integer(Int64(tallies.reduce(0) { $0 + value($1) })) }
        let hits = tallies.reduce(0) { $0 + $1.hits }
        let asked = hits + tallies.reduce(0) { $0 + $1.misses }
        return [
            "entries": sum(\.entries), "bytes": sum(\.bytes), "hits": sum(\.hits), "misses": sum(\.misses),
            "bypasses": sum(\.bypasses), "followers": sum(\.followers), "similar_hits": sum(\.similarHits),
            "disk_hits": sum(\.archivedHits), "vectors": sum(\.vectors), "vector_failures": sum(\.vectorFailures),
            "hit_rate": asked == 0 ? .null : .number((Double(hits) / Double(asked) * 1e6).rounded() / 1e6),
            "saved_micro_usd": .integer(tallies.reduce(0) { $0 &+ $1.savedMicroUSD }),
        ]
    }

    private func purge(_ call: Call) async throws -> Response {
        let filter = try Filter(call, gateway)
        try await audit(
            call,
            AuditEntry(
                action: "cache.purge",
                resource: "cache" + (filter.environment.map { "/\($0)" } ?? "")
                    + (filter.deployment.map { "/\($0)" } ?? "")))
        // Only now: what the log does not say was not done.
        do {
            let gone = try await gateway.cache.purge(
                where: filter.holds, archived: { filter.deployments(in: gateway) })
            var object = Self.json(gone.memory)
            if let archived = gone.archive { object["disk"] = .object(Self.json(archived)) }
            return .value(.object(object))
        } catch {
            throw Problem(
                status: 503, title: "Unavailable",
                detail: "memory is empty, but the answers on the disk could not be deleted: try again")
        }
    }

    private static func json(_ holding: ArchiveHolding) -> JSONObject {
        ["entries": .integer(Int64(holding.entries)), "bytes": .integer(Int64(holding.bytes))]
    }

    /// Which deployments are meant: those of the caller's project alone.
    private struct Filter {
        let project: String
        let deployment: String?
        let environment: String?

        /// - Throws: 404 for a deployment that is not there.
        init(_ call: Call, _ gateway: Gateway) throws {
            project = call.project
            deployment = call.query("deployment")
            environment = call.query("environment")
            guard let deployment else { return }
            let isKnown = gateway.names.routing.current.deployments.keys.contains { [project, environment] key in
                key.project == project && key.name == deployment
                    && (environment == nil || key.environment == environment)
            }
            guard isKnown else { throw Problem.notFound("deployment \(deployment)") }
        }

        /// Their ids: of those that serve, and of those that did since the start.
        func deployments(in gateway: Gateway) -> Set<String> {
            gateway.names.routing.current.deployments.values.reduce(
                into: gateway.cache.deployments(where: holds)
            ) { ids, live in
                guard live.project == project, deployment == nil || live.name == deployment,
                    environment == nil || live.environment == environment
                else { return }
                ids.insert(live.id)
            }
        }

        func holds(_ tally: CacheTally) -> Bool {
            tally.project == project && (deployment == nil || tally.deployment == deployment)
                && (environment == nil || tally.environment == environment)
        }
    }
}

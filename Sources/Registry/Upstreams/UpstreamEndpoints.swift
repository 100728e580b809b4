package import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/api/v1/upstreams`: providers as they fare, and the operators' word on whether they are asked.
package struct UpstreamEndpoints: Sendable {
    /// How a provider of a project fares, as the gateway sees it.
    package typealias Condition = @Sendable (_ provider: String, _ project: String) -> UpstreamCondition
    /// An operator has said that a provider of a project is asked, or left it to itself.
    package typealias Decided = @Sendable (_ provider: String, _ project: String) -> Void

    let control: any Database
    let mutations: Mutations
    let condition: Condition
    let decided: Decided

    package init(
        control: any Database, mutations: Mutations, condition: @escaping Condition,
        decided: @escaping Decided = { _, _ in }
    ) {
        self.control = control
        self.mutations = mutations
        self.condition = condition
        self.decided = decided
    }

    private static let path = "/api/v1/upstreams"
    private static let one = "\(path)/{provider}"
    private static let breaker = "\(one)/breaker"
    private static let answer = Schema.any(
        description: "state (closed, open, half_open, or what an operator forced), breaker, open_ms, failures, counts")
    private static let setting = Schema.any(description: "state, reason, set_at, set_by")
    private static let body = Schema.object([
        .required(
            "state", .enumeration(BreakerMode.allCases.map(\.rawValue)),
            "automatic, or what holds however the provider fares; it outlives a restart"),
        .optional("reason", .string(min: 1, max: 1_024)),
    ])

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, Self.path, .permission(.upstreamsRead), tag: "upstreams",
                summary: "List providers by name, as they fare", query: Page.query,
                answers: [.init(200, "a page of upstreams", Page.schema(Self.answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, Self.one, .permission(.upstreamsRead), tag: "upstreams", summary: "Show how a provider fares",
                answers: [.init(200, "the upstream", Self.answer)]
            ) { call in try await show(call) },
            Endpoint(
                .get, Self.breaker, .permission(.upstreamsRead), tag: "upstreams",
                summary: "Read who decides whether a provider is asked",
                answers: [.init(200, "the breaker", Self.setting)]
            ) { call in try await showBreaker(call) },
            Endpoint(
                .put, Self.breaker, .permission(.upstreamsWrite), tag: "upstreams",
                summary: "Force a provider's circuit breaker open or closed, or leave it to itself", body: Self.body,
                answers: [.init(200, "the breaker", Self.setting)]
            ) { call in try await put(call) },
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = try page.textAfter()
        let rows = try await control.read {
            try UpstreamStore.page(project: call.project, after: after, count: page.fetchCount, in: $0)
        }
        return .value(
            page.answer(
                rows, key: { [.string($0.name)] }, item: { $0.json(condition($0.name, call.project)) }))
    }

    private func show(_ call: Call) async throws -> Response {
        let upstream = try await control.read { try require(call, in: $0) }
        return .value(upstream.json(condition(upstream.name, call.project)))
    }

    private func showBreaker(_ call: Call) async throws -> Response {
        .resource(try await control.read { try require(call, in: $0).breaker })
    }

    private func put(_ call: Call) async throws -> Response {
        let mode = call.body["state"]?.stringValue.flatMap(BreakerMode.init(rawValue:)) ?? .automatic
        let reason = call.body["reason"]?.stringValue
        let answer = try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            try EntityTag.require(call.request, current: current.breaker.entityTag)
            guard mode != current.mode || reason != current.reason else {
                return Mutation(.resource(current.breaker), audit: [])
            }
            var changed = current
            changed.mode = mode
            changed.reason = reason
            changed.setAt = mutations.clock.now()
            changed.setBy = call.principal.actor
            try UpstreamStore.update(changed, project: call.project, in: transaction)
            return Mutation(
                .resource(changed.breaker),
                audit: [
                    .init(
                        action: "upstream_breaker.set", resource: "upstreams/\(current.name)/breaker",
                        before: current.breaker, after: changed.breaker)
                ], stale: [.routing])
        }
        if answer.status == 200, mode != .forcedOpen { decided(call.parameter("provider"), call.project) }
        return answer
    }

    private func require(_ call: Call, in connection: any Connection) throws -> UpstreamRecord {
        let name = call.parameter("provider")
        guard let found = try UpstreamStore.find(name, project: call.project, in: connection) else {
            throw Problem.notFound("provider \(name)")
        }
        return found
    }
}

import Batch
import Domain
import Gateway
import HTTP
import Identity
import JSON
import Monitor
import REST
import Registry
import Telemetry

/// The table of contents of the API. Each line is a feature; its endpoints, with their permissions, stand in its room.
struct Routes {
    /// What the features are made of.
    struct Parts {
        let stores: Stores
        let mutations: Mutations
        let sealing: any SecretSealing
        let hasher: KeyHasher
        let gateway: Gateway
        let writer: OutcomeWriter
        let scheduler: ProbeScheduler
        let retention: RetentionSettings
        let meters: MeterBook
        let clock: WallClock
        let batches: BatchRunner
        let batchSettings: BatchSettings
        let batchRoom: StorageRoom
    }

    let endpoints: [Endpoint]

    init(parts: Parts, metricsAccess: Access, collectors: [@Sendable () -> [MetricFamily]]) {
        let control = parts.stores.control
        let telemetry = parts.stores.telemetry
        let mutations = parts.mutations
        let features =
            parts.gateway.endpoints
            + CacheEndpoints(
                gateway: parts.gateway,
                audit: { call, entry in
                    _ = try await mutations.perform(call) { _ in Mutation(Response(status: 204), audit: [entry]) }
                }
            ).endpoints
            + ProviderEndpoints(
                control: control, mutations: mutations, sealing: parts.sealing, kinds: Gateway.providerKinds
            ).endpoints
            + UpstreamEndpoints(
                control: control, mutations: mutations,
                condition: { [upstreams = parts.gateway.upstreams] in upstreams.condition(of: $0, in: $1) },
                decided: { [upstreams = parts.gateway.upstreams] in upstreams.endCoolDowns(of: $0, in: $1) }
            ).endpoints
            + ModelEndpoints(control: control, mutations: mutations).endpoints
            + PromptEndpoints(control: control, mutations: mutations).endpoints
            + DeploymentEndpoints(control: control, mutations: mutations).endpoints
            + DatasetEndpoints(control: control, mutations: mutations).endpoints
            + ProbeEndpoints(control: control, mutations: mutations, scheduler: parts.scheduler).endpoints
            + OutcomeEndpoints(database: telemetry, writer: parts.writer).endpoints
            + BodyEndpoints(database: telemetry, writer: parts.writer).endpoints
            + FeedbackEndpoints(
                database: telemetry, mutations: parts.stores.telemetryMutations, writer: parts.writer
            ).endpoints
            + MetricEndpoints(
                database: telemetry, writer: parts.writer, clock: parts.clock, retention: parts.retention
            ).endpoints
            + KeyEndpoints(control: control, mutations: mutations, hasher: parts.hasher, meters: parts.meters).endpoints
            + ProjectEndpoints(control: control, mutations: mutations).endpoints
            + AuditEndpoints(control: control).endpoints
            + FileEndpoints(
                database: parts.stores.batch, clock: parts.clock, identifiers: parts.stores.identifiers,
                settings: parts.batchSettings, room: parts.batchRoom, errors: BatchErrors.style,
                deleted: { [batches = parts.batches] in batches.clear() }
            ).endpoints
            + BatchEndpoints(
                database: parts.stores.batch, clock: parts.clock, identifiers: parts.stores.identifiers,
                settings: parts.batchSettings, room: parts.batchRoom, errors: BatchErrors.style,
                runner: parts.batches
            ).endpoints
            + PrometheusEndpoint(access: metricsAccess, collectors: collectors).endpoints
        endpoints = features + [Self.description(of: features)]
    }

    /// `/openapi.json`, made once: the endpoints do not change while the process lives.
    private static func description(of features: [Endpoint]) -> Endpoint {
        func endpoint(_ document: [UInt8]) -> Endpoint {
            Endpoint(
                .get, "/openapi.json", .open, tag: "operations", summary: "This API as OpenAPI 3.1",
                answers: [.init(200, "the document", .any(description: "OpenAPI 3.1"))]
            ) { _ in .json(document) }
        }
        // It lists itself too.
        return endpoint(OpenAPIDocument(features + [endpoint([])], version: Signalbox.version).value.encoded())
    }
}

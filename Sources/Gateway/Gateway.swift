package import Domain
import HTTP
import JSON
package import REST
package import Reactor
import Synchronization

/// The data plane: OpenAI's surfaces in front of the deployments that are live.
package final class Gateway: Sendable {
    /// The deployment as it was at a revision that is not the current one; nil when there is no such.
    package typealias PinnedRevision =
        @Sendable (_ project: String, _ environment: String, _ name: String, _ revision: Int) async throws ->
        LiveDeployment?

    let names: DeploymentNames
    let recorder: any OutcomeRecorder
    let identifiers: IdentifierGenerator
    let clock: WallClock
    let settings: GatewaySettings
    /// Of each attempt, before the caller's patience is known.
    let deadlines: UpstreamDeadlines
    let transport: any UpstreamTransport
    package let counters = GatewayCounters()
    package let upstreams: UpstreamDirectory
    let accesses: AccessDirectory
    /// What became of copies for shadows.
    package let mirrors: DeploymentLedgers<MirrorBudget>
    /// What became of calls beside others that took long.
    package let hedges: DeploymentLedgers<HedgeLedger>
    let dice: Dice
    let bodyBudget: BodyBudget
    /// Where deployments keep answers that say so.
    package let cache: AnswerCache
    let prices: PriceBook
    let meters: MeterBook
    let hooks: LimitHooks
    /// What limits of a rate go by.
    let limitClock: AnswerCache.Clock
    private let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// - Parameters:
    ///   - loops: where probes and batches run, in turn. Callers' requests stay on their own connection's loop.
    ///   - prices: of models whose versions have none of their own.
    ///   - meters: what counts against the limits of keys, projects, deployments and providers.
    ///   - archive: where answers outlive the process; nil for nowhere.
    ///   - transport: HTTP/1.1 over libcurl's connections when nil.
    ///   - dice: chooses among the upstreams of a variant, and spreads the waits before retries.
    ///   - report: is told of breakers that open and close, on the loop that met it.
    package init(
        routing: Snapshot<RoutingTable>, pinned: @escaping PinnedRevision, recorder: any OutcomeRecorder,
        identifiers: IdentifierGenerator, clock: WallClock, loops: [EventLoop],
        settings: GatewaySettings = GatewaySettings(), prices: PriceBook = PriceBook(),
        meters: MeterBook? = nil, hooks: LimitHooks = LimitHooks(), archive: (any AnswerArchive)? = nil,
        transport: (any UpstreamTransport)? = nil,
        cacheClock: @escaping AnswerCache.Clock = { .now() }, limitClock: @escaping AnswerCache.Clock = { .now() },
        dice: Dice = Dice(), report: @escaping @Sendable (UpstreamChange) -> Void = { _ in }
    ) {
        names = DeploymentNames(routing: routing, pinned: pinned)
        self.recorder = recorder
        self.identifiers = identifiers
        self.clock = clock
        self.loops = loops
        self.settings = settings
        self.dice = dice
        upstreams = UpstreamDirectory(settings.resilience, routing: routing, report: report)
        accesses = AccessDirectory(routing: routing)
        mirrors = DeploymentLedgers(routing: routing)
        hedges = DeploymentLedgers(routing: routing)
        self.prices = prices
        self.meters = meters ?? MeterBook(clock: clock)
        self.hooks = hooks
        self.limitClock = limitClock
        bodyBudget = BodyBudget(bytesMax: settings.bodyBudgetBytesMax)
        cache = AnswerCache(
            bytesMax: settings.cacheBytesMax, entryBytesMax: settings.cacheEntryBytesMax,
            vectorBytesMax: settings.cacheVectorBytesMax, archive: archive, clock: cacheClock)
        deadlines = UpstreamDeadlines(
            connect: .milliseconds(settings.connectTimeoutMilliseconds),
            firstByte: .milliseconds(settings.firstByteTimeoutMilliseconds),
            idleGap: .milliseconds(settings.idleGapTimeoutMilliseconds),
            total: .milliseconds(settings.totalTimeoutMilliseconds))
        var limits = UpstreamLimits()
        limits.connectionsPerHostMax = settings.connectionsPerUpstreamMax
        limits.idleConnectionsMax = settings.idleConnectionsMax
        self.transport = transport ?? WireTransport(limits: limits)
    }

    /// Sends one example through one variant, as the monitor asks; recorded with origin `probe`.
    package func probe(_ request: ProbeRequest) async -> ProbeAnswer {
        guard let loop = nextLoop() else { return await Probe(gateway: self, request: request).answer(on: nil) }
        // The transfer belongs to the loop, so what waits for it runs there too.
        return await withTaskExecutorPreference(loop) {
            await Probe(gateway: self, request: request).answer(on: loop)
        }
    }

    /// Where the next call of the process's own runs; nil when it has no loop, as in a tool.
    func nextLoop() -> EventLoop? {
        guard !loops.isEmpty else { return nil }
        let index = turn.add(1, ordering: .relaxed).newValue
        return loops[Int(UInt(bitPattern: index) % UInt(loops.count))]
    }
}

extension Gateway {
    package var endpoints: [Endpoint] {
        Surface.all.map(endpoint) + StoredResponse.Deed.allCases.map(endpoint) + [modelList, model, explain]
    }

    private func endpoint(_ surface: Surface) -> Endpoint {
        var endpoint = Endpoint(
            .post, surface.path, .permission(.inferenceCall), tag: "inference",
            summary: "\(surface.summary) (\(surface.style.vendor) wire format); `model` is a deployment's name",
            body: GatewaySchemas.request(surface),
            answers: [
                .init(
                    200, "the provider's answer" + (surface.isStreamed ? ", or its events when `stream` is true" : ""),
                    GatewaySchemas.answer(surface), mediaTypes: GatewaySchemas.mediaTypes(surface))
            ],
            raw: { [self] request, principal, responder in
                Inference(gateway: self, surface: surface, request: request, principal: principal).answer(responder)
            })
        endpoint.errors = surface.style.errors
        endpoint.furtherErrors = [
            (404, "no deployment of that name that the key may call"),
            (429, "a limit or a budget of the key, its project or the deployment, or the provider's limit"),
            (502, "the provider failed, and so did every fallback"),
            (503, "no provider is asked just now, since all of them failed: `Retry-After` says when"),
            (504, "the provider took too long"),
        ]
        endpoint.options.departedClientCancels = true
        // The bytes go to a client who waits for them.
        endpoint.options.compressesAnswers = false
        endpoint.options.isShedUnderLoad = true
        endpoint.options.bodyBytesMax = surface.isForm ? settings.uploadBytesMax : settings.bodyBytesMax
        if surface.isForm {
            endpoint.options.streamsBodies = true
            endpoint.options.acceptedContentTypes = [GatewaySchemas.form]
            endpoint.bodyMediaType = GatewaySchemas.form
        }
        return endpoint
    }

    private var modelList: Endpoint {
        var endpoint = Endpoint(
            .get, "/v1/models", .permission(.inferenceCall), tag: "inference",
            summary: "List the deployments that the key may call (OpenAI wire format)",
            answers: [.init(200, "an OpenAI list of models", GatewaySchemas.modelList)],
            handler: { [self] call in
                let items = names.callable(by: call.principal).map { Self.model($0.name) }
                return .value(["object": "list", "data": .array(items)])
            })
        endpoint.errors = OpenAIError.style
        return endpoint
    }

    private var model: Endpoint {
        var endpoint = Endpoint(
            .get, "/v1/models/{model}", .permission(.inferenceCall), tag: "inference",
            summary: "Show a deployment that the key may call (OpenAI wire format)",
            answers: [.init(200, "an OpenAI model", GatewaySchemas.model)],
            handler: { [self] call in
                let name = call.parameter("model")
                guard try await names.deployment(name, for: call.principal) != nil else {
                    return OpenAIError.unknownModel(name).response()
                }
                return .value(Self.model(name))
            })
        endpoint.errors = OpenAIError.style
        return endpoint
    }

    /// `created` is part of the format and of no use here: a deployment has revisions instead.
    private static func model(_ name: String) -> JSONValue {
        ["id": .string(name), "object": "model", "created": 0, "owned_by": "signalbox"]
    }
}

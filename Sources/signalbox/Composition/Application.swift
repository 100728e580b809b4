import Archive
import Batch
import Domain
import Gateway
import HTTP
import Identity
import Logging
import Monitor
import REST
import Reactor
import Registry
import SQL
import Telemetry

/// The whole process, wired: the only place that knows every feature. Features meet at snapshots, at closures and at
/// small protocols, all of which are handed over here.
final class Application: Sendable {
    let stores: Stores
    let settings: Settings
    let mint: KeyMint
    let gateway: Gateway
    let prices: PriceBook
    let spending = SpendingBook()
    let leases: BudgetLeases
    let readiness = Readiness()
    let queue: OutcomeQueue
    let writer: OutcomeWriter
    let retention: Retention
    let scheduler: ProbeScheduler
    let batches: BatchRunner
    let storage: StorageWatch
    /// nil where no answers are kept on the disk.
    let archive: AnswerFile?
    let loops: [EventLoop]
    let server: Server
    let logger: Logger
    private let routingSource: RoutingSource
    private let keySource: KeySource

    init(settings: Settings, secrets: ProcessSecrets, stores: Stores, logger: Logger) async throws {
        self.settings = settings
        self.stores = stores
        self.logger = logger
        let clock = SystemSources.clock
        prices = PriceBook(try settings.prices)
        let sealing = SecretBox(secrets.master)
        let hasher = KeyHasher(secrets.master)
        let routingSource = RoutingSource(
            snapshot: stores.routing, sealing: sealing, kinds: Gateway.providerKinds)
        let meters = MeterBook(clock: clock) { [spending] subject, period, now in
            spending.history(of: subject, period, at: now)
        }
        let keySource = KeySource(snapshot: stores.keys, meters: meters)
        let leases = BudgetLeases(
            meters: meters, database: stores.telemetry, clock: clock,
            report: { error in logger.error("a budget's lease was not written", metadata: ["error": "\(error)"]) })
        self.leases = leases
        let limits = LimitReports(meters: meters, leases: leases, logger: logger, clock: clock)
        self.routingSource = routingSource
        self.keySource = keySource
        let mutations = stores.controlMutations([.routing: routingSource, .keys: keySource])
        mint = KeyMint(mutations: mutations, hasher: hasher)

        let loopCount = settings.integer("server.loops")
        loops = try (0..<(loopCount == 0 ? SystemSources.coreCount : loopCount)).map {
            try EventLoop(name: "loop-\($0)")
        }

        let totals = TrafficTotals()
        queue = OutcomeQueue(
            capacity: settings.integer("telemetry.queue_max"), batchMax: settings.integer("telemetry.batch_max"),
            bodyBytesMax: settings.integer("telemetry.waiting_bodies_bytes_max"))
        writer = OutcomeWriter(
            queue: queue, database: stores.telemetry, totals: totals, settings: settings.writer, spending: spending,
            meters: meters,
            report: { error in
                logger.error("outcomes could not be written", metadata: ["error": "\(error)"])
            })
        let retention = Retention(
            database: stores.telemetry, settings: settings.retention, clock: clock,
            report: { error in logger.error("old telemetry was not deleted", metadata: ["error": "\(error)"]) })
        self.retention = retention
        let directory = settings.text("server.data_dir")
        let room = StorageRoom(settings.batch) { StorageRoom.freeBytes(at: directory) }
        let archive = stores.archive(
            at: directory + "/" + DataDirectory.cacheFile, settings, isDiskLow: { room.isDiskLow }, logger)
        self.archive = archive
        let revisions = RevisionLookup(control: stores.control, source: routingSource)
        let gateway = Gateway(
            routing: stores.routing,
            pinned: { project, environment, name, revision in
                try await revisions.deployment(
                    project: project, environment: environment, name: name, revision: revision)
            }, recorder: queue, identifiers: stores.identifiers, clock: clock, loops: loops,
            settings: settings.gateway, prices: prices, meters: meters, hooks: limits.hooks, archive: archive,
            report: { change in Self.log(change, logger) })
        self.gateway = gateway
        let datasets = DatasetReader(control: stores.control)
        var probing = ProbeScheduler.Settings()
        probing.concurrency = settings.integer("monitor.probe_concurrency")
        scheduler = ProbeScheduler(
            control: stores.control, telemetry: ScoreStore(database: stores.telemetry), routing: stores.routing,
            pinned: { project, environment, name, revision in
                try await revisions.deployment(
                    project: project, environment: environment, name: name, revision: revision)
            },
            examples: { project, dataset in try await datasets.examples(project: project, dataset: dataset) },
            call: { request in await gateway.probe(request) }, clock: clock, identifiers: stores.identifiers,
            settings: probing,
            report: { error in logger.error("a probe run failed", metadata: ["error": "\(error)"]) })

        let authenticator = KeyAuthenticator(
            table: stores.keys, hasher: hasher, clock: clock, bootstrap: secrets.bootstrap)
        let storage = StorageWatch(database: stores.batch)
        self.storage = storage
        let traffic = LiveTraffic(inferencesMax: settings.batch.liveInferencesMax)
        let batches = BatchRunner(
            database: stores.batch, clock: clock, identifiers: stores.identifiers,
            sources: BatchSources(
                call: { line in await gateway.answer(line) }, principal: { authenticator.principal(ofKey: $0) },
                serves: { model, principal in try await gateway.serves(model, for: principal) },
                isBusy: { traffic.needsAll }),
            settings: settings.batch, room: room,
            report: { error in logger.error("a batch is held up", metadata: ["error": "\(error)"]) },
            held: { batch, model, hold in Self.log(batch, model, hold, logger) })
        self.batches = batches

        let parts = Routes.Parts(
            stores: stores, mutations: mutations, sealing: sealing, hasher: hasher, gateway: gateway, writer: writer,
            scheduler: scheduler, retention: settings.retention, meters: meters, clock: clock,
            batches: batches, batchSettings: settings.batch, batchRoom: room)
        let metrics = ProcessMetrics(stores: stores)
        let routes = Routes(
            parts: parts, metricsAccess: settings.metricsAccess,
            collectors: [
                { totals.families() }, { [queue, writer] in WriterMetrics(queue: queue, writer: writer).families() },
                { retention.families() }, { metrics.families() },
                {
                    GatewayMetrics(
                        counters: gateway.counters, upstreams: gateway.upstreams, mirrors: gateway.mirrors,
                        hedges: gateway.hedges
                    ).families()
                },
                { CacheMetrics(cache: gateway.cache).families() + (archive?.families ?? []) },
                { limits.families() }, { BatchMetrics(runner: batches, room: room, storage: storage).families() },
            ])
        let log = RequestLog(logger)
        let serving = EndpointServing(authenticator: authenticator, report: log.failed)
        let router = try Router(serving.routes(routes.endpoints) + OperationsRoutes(readiness: readiness).routes)
        server = try Server(
            listen: try settings.listen, loops: loops, routes: router, limits: Self.limits(settings, logger),
            edge: try settings.edge, errors: ServerErrors.responder, observer: log)
        metrics.watch(server)
        traffic.watch(server)
    }

    private static func log(_ change: UpstreamChange, _ logger: Logger) {
        var facts: Logger.Metadata = [
            "project": "\(change.project)", "provider": "\(change.provider)", "model": "\(change.model)",
            "state": "\(change.circuit.rawValue)",
        ]
        if let error = change.error { facts["error"] = "\(error)" }
        if let milliseconds = change.openMilliseconds { facts["open_ms"] = "\(milliseconds)" }
        logger.log(level: change.circuit == .open ? .warning : .notice, "circuit breaker", metadata: facts)
    }

    private static func log(_ batch: String, _ model: String?, _ hold: LaneHold?, _ logger: Logger) {
        var facts: Logger.Metadata = ["batch": "\(batch)"]
        if let model { facts["model"] = "\(model)" }
        guard let hold else { return logger.notice("lines of a batch go on", metadata: facts) }
        facts["reason"] = "\(hold.reason)"
        facts["code"] = "\(hold.code)"
        facts["since"] = "\(hold.since.text)"
        logger.warning("lines of a batch wait", metadata: facts)
    }

    /// The server's limits; no more connections than descriptors can be had for.
    private static func limits(_ settings: Settings, _ logger: Logger) -> ServerLimits {
        var limits = settings.serverLimits
        guard let descriptors = DescriptorLimit.raise() else { return limits }
        logger.info("descriptors", metadata: ["limit": "\(descriptors.soft)"])
        let wanted = limits.connectionsMax
        limits.connectionsMax = descriptors.connections(of: wanted)
        if limits.connectionsMax < wanted {
            logger.warning(
                "fewer connections than server.connections_max are taken, for want of descriptors: raise the limit",
                metadata: [
                    "connections": "\(limits.connectionsMax)", "wanted": "\(wanted)", "limit": "\(descriptors.soft)",
                ])
        }
        return limits
    }

    /// Loads the snapshots and starts to listen.
    func start() async throws -> [ListenAddress] {
        // Before anything asks what was spent.
        try await spending.load(from: stores.telemetry, at: SystemSources.clock.now())
        try await keySource.load(from: stores.control)
        try await routingSource.load(from: stores.control)
        await archive?.open()
        for loop in loops { loop.start() }
        let bound = try await server.start()
        readiness.set(obstacle: nil)
        return bound
    }

    /// The background work, until it is cancelled.
    func runBackground() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.writer.run() }
            group.addTask { await self.retention.run() }
            group.addTask { await self.leases.run() }
            group.addTask { await self.scheduler.run() }
            group.addTask { await self.batches.run() }
            group.addTask { await self.storage.run() }
            group.addTask { await self.archive?.run() }
        }
    }

    /// Stops taking work, finishes what runs, writes what was recorded. The background work ends after it.
    func drain() async {
        readiness.set(obstacle: "draining")
        server.beginDrain()
        try? await Task.sleep(for: settings.duration("server.drain_delay_ms"))
        server.stopListening()
        let timeout = settings.duration("server.drain_timeout_ms")
        async let lines: Void = batches.drain(within: timeout)
        let isClean = await server.drained(within: timeout)
        await lines
        if !isClean { logger.warning("requests were still running when the drain timed out") }
    }

    func finish() async {
        // First of all: what a loop ends at its end has an outcome too.
        for loop in loops { loop.stop() }
        for loop in loops { loop.join() }
        do {
            try await writer.flush()
        } catch {
            logger.error(
                "outcomes lost at the end",
                metadata: ["error": "\(error)", "count": "\(queue.depth)"])
        }
        do {
            try await leases.close()
        } catch {
            logger.error("leases of budgets not given back", metadata: ["error": "\(error)"])
        }
        await archive?.close()
        await stores.close()
    }
}

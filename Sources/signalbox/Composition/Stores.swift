import Archive
import Domain
import Identity
import Logging
import Migrations
import REST
import SQL

/// The files and everything that writes to them in the control plane's manner.
struct Stores: Sendable {
    let control: SQLiteDatabase
    let telemetry: SQLiteDatabase
    /// Files of callers and what batches are answered: large, and no reason for others to wait.
    let batch: SQLiteDatabase
    let keys = Snapshot(KeyTable.empty)
    let routing = Snapshot(RoutingTable.empty)
    let identifiers = IdentifierGenerator(clock: SystemSources.clock, random: BufferedEntropy())

    /// Opens, checks and migrates. Blocks: for the start only.
    /// - Throws: `StartFailure` with exit code 1.
    init(_ directory: DataDirectory, readers: Int) throws {
        control = try Self.open(directory.control, readers, Migrations.control, Self.smallCacheKiB)
        telemetry = try Self.open(directory.telemetry, readers, Migrations.telemetry, Self.largeCacheKiB)
        batch = try Self.open(directory.batch, readers, Migrations.batch, Self.smallCacheKiB)
    }

    /// The answers that outlive the process, in a file that the application opens.
    /// - Parameter isDiskLow: whether others need what is left of the disk.
    /// - Returns: nil where none are to be kept; a file that is there is removed then: no purge would reach it.
    func archive(
        at path: String, _ settings: Settings, isDiskLow: @escaping @Sendable () -> Bool, _ logger: Logger
    ) -> AnswerFile? {
        let bytesMax = settings.integer("gateway.cache_disk_bytes_max")
        guard bytesMax > 0 else {
            do {
                try AnswerFile.remove(path)
            } catch {
                logger.warning("the file of cached answers stays", metadata: ["error": "\(error)"])
            }
            return nil
        }
        return AnswerFile(
            path: path, bytesMax: bytesMax, migrations: Migrations.cache, clock: SystemSources.clock,
            allowedDeployments: { [routing] in
                let live = routing.current.deployments.values.filter { $0.options.cache?.isArchived ?? false }
                return Set(live.map(\.id))
            }, isDiskLow: isDiskLow,
            report: { trouble in
                logger.warning("the file of cached answers", metadata: ["file": "\(path)", "reason": "\(trouble)"])
            })
    }

    /// Of a writer with few writes a second: a large cache would go on filling for an hour, which looks like a leak.
    private static let smallCacheKiB = 512
    /// Of the one with thousands of rows a second into nine indices; full within seconds of that.
    private static let largeCacheKiB = 2_048

    private static func open(
        _ path: String, _ readers: Int, _ migrations: [Migration], _ cacheKiB: Int
    ) throws -> SQLiteDatabase {
        do {
            return try SQLiteDatabase(
                SQLiteOptions(path: path, readers: readers, pageCacheKiB: cacheKiB), migrations: migrations)
        } catch {
            throw StartFailure.start("cannot open \(path): \(error)")
        }
    }

    /// Feedback and what else telemetry acknowledges is written in its own file, and changes no snapshot.
    var telemetryMutations: Mutations {
        Mutations(
            database: telemetry, clock: SystemSources.clock, identifiers: identifiers, digest: Fingerprint.sha256,
            sources: [:])
    }

    func controlMutations(_ sources: [Mutation.StaleSnapshot: any SnapshotSource]) -> Mutations {
        Mutations(
            database: control, clock: SystemSources.clock, identifiers: identifiers, digest: Fingerprint.sha256,
            sources: sources)
    }

    func close() async {
        await batch.close()
        await telemetry.close()
        await control.close()
    }
}

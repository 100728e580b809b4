import Domain
import Identity
import Migrations
import REST
import SQL

/// The three files and everything that writes to them in the control plane's manner.
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

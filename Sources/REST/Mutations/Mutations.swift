package import Domain
package import HTTP
import JSON
package import SQL

/// Every change of the control plane goes through here: one transaction with its idempotency record and its audit
/// entries; then the new snapshots; then the answer, so that the caller reads its own write on every loop.
package struct Mutations: Sendable {
    package typealias Digest = @Sendable ([UInt8]) -> [UInt8]

    package let clock: WallClock
    package let identifiers: IdentifierGenerator
    private let database: any Database
    private let digest: Digest
    private let sources: [Mutation.StaleSnapshot: any SnapshotSource]

    /// - Parameter digest: a cryptographic hash; it fingerprints bodies and chains the audit log.
    package init(
        database: any Database, clock: WallClock, identifiers: IdentifierGenerator, digest: @escaping Digest,
        sources: [Mutation.StaleSnapshot: any SnapshotSource]
    ) {
        self.database = database
        self.clock = clock
        self.identifiers = identifiers
        self.digest = digest
        self.sources = sources
    }

    /// Runs `work` in a write transaction. A POST with an `Idempotency-Key` that was answered before is answered again
    /// from the record, the deed not done twice.
    package func perform(
        _ call: Call, _ work: @escaping @Sendable (any Transaction) throws -> Mutation
    ) async throws -> Response {
        let idempotency = try IdempotencyKey(call, digest: digest)
        let now = clock.now()
        return try await database.write { [self] transaction in
            if let idempotency, let replay = try idempotency.replay(in: transaction, now: now) { return replay }
            let mutation = try work(transaction)
            try record(mutation, actor: .init(call), now: now, in: transaction)
            try idempotency?.store(mutation.remembered, in: transaction, now: now)
            return mutation.response
        }
    }

    /// A change that the process makes by itself (a follower's new revision, the command line).
    package func perform(
        as actor: AuditLog.Actor, _ work: @escaping @Sendable (any Transaction) throws -> Mutation
    ) async throws {
        let now = clock.now()
        try await database.write { [self] transaction in
            try record(try work(transaction), actor: actor, now: now, in: transaction)
        }
    }

    private func record(
        _ mutation: Mutation, actor: AuditLog.Actor, now: Timestamp, in transaction: any Transaction
    ) throws {
        let log = AuditLog(digest: digest)
        for entry in mutation.audit { try log.append(entry, by: actor, at: now, in: transaction) }
        for kind in mutation.stale {
            guard let source = sources[kind] else { continue }
            transaction.afterCommit(try source.prepare(from: transaction))
        }
    }
}

import Domain
import JSON
import REST
import SQL

/// An alias or label moves: the row, the audit entry, and a new revision of every deployment that follows it, all in
/// one transaction.
struct PointerMove {
    let store: PointerStore
    let thing: RegisteredThing
    let name: String
    let version: Int
    let project: String
    let actor: String
    let now: Timestamp

    struct Result {
        let pointer: Pointer
        let isNew: Bool
        let audit: [AuditEntry]
        let stale: Set<Mutation.StaleSnapshot>
    }

    /// - Parameter current: what is there now.
    func perform(over current: Pointer?, in transaction: any Transaction) throws -> Result {
        if let current, current.version == version {
            return Result(pointer: current, isNew: false, audit: [], stale: [])
        }
        let pointer = Pointer(
            kind: store.kind, thing: thing.name, name: name, version: version, updatedAt: now, updatedBy: actor)
        try store.put(pointer, of: thing, project: project, in: transaction)
        var audit = [
            AuditEntry(
                action: "\(store.kind.thing)_\(store.kind.rawValue).put",
                resource: "\(store.kind.thing)s/\(thing.name)/\(store.kind.plural)/\(name)",
                before: current?.json ?? .null, after: pointer.json)
        ]
        let followers = try store.followers(of: pointer, thingID: thing.id, project: project, in: transaction)
        try requireServable(followers.map(\.name), in: transaction)
        for follower in followers {
            guard var deployment = try DeploymentStore.find(id: follower.id, project: project, in: transaction) else {
                continue
            }
            let before = deployment.json
            deployment.repin(store.kind, reference: pointer.reference, version: version)
            let reason = "\(pointer.reference) moved to version \(version)"
            let next = try deployment.succeed(
                by: actor, cause: .follow, reason: reason, at: now, project: project, in: transaction)
            audit.append(
                AuditEntry(
                    action: "deployment.follow", resource: next.resource, before: before, after: next.json))
        }
        return Result(
            pointer: pointer, isNew: current == nil, audit: audit, stale: followers.isEmpty ? [] : [.routing])
    }

    /// - Throws: 422 when deployments follow and the model version runs on a provider that is gone.
    private func requireServable(_ followers: [String], in connection: any Connection) throws {
        guard store.kind == .alias, let first = followers.first else { return }
        let reference = PinnedReference(id: thing.id, name: thing.name, version: version)
        let resolver = ReferenceResolver(project: project, connection: connection)
        if let gone = try resolver.deletedProvider(of: reference) {
            throw Problem.invalid(
                "/version", "runs on the provider \(gone), which was deleted, and \(first) follows the alias")
        }
    }
}

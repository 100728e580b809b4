package import HTTP

/// What a write did: the answer, what the audit log says of it, and which snapshots are stale now.
package struct Mutation: Sendable {
    package enum StaleSnapshot: Hashable, Sendable {
        case routing, keys
    }

    package let response: Response
    package let audit: [AuditEntry]
    package let stale: Set<StaleSnapshot>

    /// - Parameter audit: empty only where nothing changed.
    package init(_ response: Response, audit: [AuditEntry], stale: Set<StaleSnapshot> = []) {
        self.response = response
        self.audit = audit
        self.stale = stale
    }
}

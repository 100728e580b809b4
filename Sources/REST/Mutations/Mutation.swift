package import HTTP

/// What a write did: the answer, what the audit log says of it, and which snapshots are stale now.
package struct Mutation: Sendable {
    package enum StaleSnapshot: Hashable, Sendable {
        case routing, keys
    }

    package let response: Response
    /// What a repeated POST is answered; differs from `response` where that holds a secret.
    package let remembered: Response
    package let audit: [AuditEntry]
    package let stale: Set<StaleSnapshot>

    /// - Parameters:
    ///   - remembered: what a repeated POST is answered; `response` when nil.
    ///   - audit: empty only where nothing changed.
    package init(
        _ response: Response, remembered: Response? = nil, audit: [AuditEntry], stale: Set<StaleSnapshot> = []
    ) {
        self.response = response
        self.remembered = remembered ?? response
        self.audit = audit
        self.stale = stale
    }
}

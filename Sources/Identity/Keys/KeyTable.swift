package import Domain

/// Every key that may be used, in memory: authentication asks no database. Each change makes a new one.
package final class KeyTable: Sendable {
    package final class Entry: Sendable {
        package let principal: Principal
        package let digest: [UInt8]
        package let expiresAt: Timestamp?

        package init(principal: Principal, digest: [UInt8], expiresAt: Timestamp?) {
            self.principal = principal
            self.digest = digest
            self.expiresAt = expiresAt
        }
    }

    package static let empty = KeyTable(entries: [:])
    let entries: [String: Entry]

    /// - Parameter entries: by key id.
    package init(entries: [String: Entry]) {
        self.entries = entries
    }

    package var count: Int { entries.count }
}

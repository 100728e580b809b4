package import Domain
import Synchronization

/// Every key that may be used, in memory: authentication asks no database. Each change makes a new one.
package final class KeyTable: Sendable {
    /// The secret before the last rotation.
    package struct Previous: Sendable {
        let digest: [UInt8]
        let until: Timestamp
    }

    package final class Entry: Sendable {
        package let principal: Principal
        package let digest: [UInt8]
        package let expiresAt: Timestamp?
        let previous: Previous?

        package init(principal: Principal, digest: [UInt8], expiresAt: Timestamp?, previous: Previous? = nil) {
            self.principal = principal
            self.digest = digest
            self.expiresAt = expiresAt
            self.previous = previous
        }
    }

    package static let empty = KeyTable(entries: [:])
    let entries: [String: Entry]
    /// What the project `default` is limited by as a whole: what the bootstrap key asks for counts as well.
    let installation: Meter?
    /// No other table of this process has the same.
    let generation = generations.add(1, ordering: .relaxed).newValue
    private static let generations = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - entries: by key id.
    ///   - installation: the limits and the budget of the project `default`; nil where it has none.
    package init(entries: [String: Entry], installation: Meter? = nil) {
        self.entries = entries
        self.installation = installation
    }

    package var count: Int { entries.count }
}

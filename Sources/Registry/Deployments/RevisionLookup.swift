package import Domain
package import SQL
import Synchronization

/// Finds the deployment behind `name@revision`: any revision, not only the one that serves.
package final class RevisionLookup: Sendable {
    private struct Key: Hashable {
        let name: RoutingTable.Key
        let revision: Int
    }

    private struct Cache {
        /// The routing table's swap count under which `entries` were built: providers may have changed since another.
        var swapCount = 0
        var entries: [Key: LiveDeployment] = [:]
    }

    private let control: any Database
    private let source: RoutingSource
    private let capacity: Int
    private let cache = Mutex(Cache())

    /// - Parameter capacity: how many built revisions are kept at most.
    package init(control: any Database, source: RoutingSource, capacity: Int = 256) {
        self.control = control
        self.source = source
        self.capacity = capacity
    }

    /// - Returns: nil when there is no such revision, or when what it ran on was deleted.
    package func deployment(
        project: String, environment: String, name: String, revision: Int
    ) async throws -> LiveDeployment? {
        let key = Key(
            name: RoutingTable.Key(project: project, environment: environment, name: name), revision: revision)
        let swapCount = source.swapCount
        if let known = cached(key, swapCount) { return known }
        let source = source
        let built = try await control.read { connection in
            do {
                return try source.reader(connection).revision(revision, of: key.name)
            } catch is RevisionReader.Unbuildable {
                return nil
            }
        }
        if let built { keep(built, key, swapCount) }
        return built
    }

    private func cached(_ key: Key, _ swapCount: Int) -> LiveDeployment? {
        cache.withLock { cache in cache.swapCount == swapCount ? cache.entries[key] : nil }
    }

    private func keep(_ deployment: LiveDeployment, _ key: Key, _ swapCount: Int) {
        cache.withLock { cache in
            // Built from a state that a swap has overtaken: good for its own caller, not for later ones.
            guard swapCount >= cache.swapCount else { return }
            if swapCount > cache.swapCount { cache = Cache(swapCount: swapCount) }
            // Any one goes: pinned revisions are few, and a hostile walk through all of them must not grow memory.
            if cache.entries.count >= capacity, let victim = cache.entries.keys.first {
                cache.entries.removeValue(forKey: victim)
            }
            cache.entries[key] = deployment
        }
    }
}

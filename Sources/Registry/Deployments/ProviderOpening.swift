import Domain
import JSON
import SQL

/// Opens the providers of rows that begin with `columns`, each once.
final class ProviderOpening {
    /// Of `providers p`.
    static let columns = """
        p.id, p.name, p.kind, p.base_url, p.credential, p.region, p.allow_private, p.headers, p.deleted_at, p.settings,
        p.breaker, p.limits
        """
    static let columnCount = 12

    private let sealing: any SecretSealing
    private let kinds: ProviderKinds
    private var known: [String: LiveProvider] = [:]

    init(sealing: any SecretSealing, kinds: ProviderKinds) {
        self.sealing = sealing
        self.kinds = kinds
    }

    /// - Throws: `RevisionReader.Unbuildable` for one that was deleted or cannot be spoken to.
    func provider(_ row: Row, project: String) throws -> LiveProvider {
        let id = try row.text(0)
        if let known = known[id] { return known }
        let name = try row.text(1)
        guard try row.isNull(8) else {
            throw RevisionReader.Unbuildable(deployment: "", reason: "the provider \(name) was deleted")
        }
        let kind = try row.text(2)
        guard kinds[kind] != nil else {
            throw RevisionReader.Unbuildable(
                deployment: "", reason: "the provider \(name) is of the unknown kind \(kind)")
        }
        let provider = LiveProvider(
            id: id, name: name, kind: kind, baseURL: try row.text(3),
            credential: try credential(try row.blobOrNull(4), of: name, id: id, project: project),
            region: try row.textOrNull(5), allowPrivate: try row.bool(6),
            headers: (try row.json(7).objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") },
            settings: Dictionary(
                (try row.json(9).objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") },
                uniquingKeysWith: { _, last in last }),
            breaker: BreakerMode(rawValue: try row.text(10)) ?? .automatic,
            limits: RateLimits(try row.jsonOrNull(11)))
        known[id] = provider
        return provider
    }

    private func credential(_ sealed: [UInt8]?, of name: String, id: String, project: String) throws -> Secret? {
        guard let sealed else { return nil }
        do {
            return try sealing.open(sealed, context: ProviderRecord.sealingContext(project: project, id: id))
        } catch {
            throw RevisionReader.Unbuildable(
                deployment: "", reason: "the credential of the provider \(name) does not open")
        }
    }
}

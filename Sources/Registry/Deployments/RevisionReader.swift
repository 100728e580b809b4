import Domain
import JSON
import SQL

/// Builds what the gateway serves out of revisions: references followed, credentials opened, prompts compiled.
struct RevisionReader {
    /// A stored revision that cannot be served.
    struct Unbuildable: Error {
        let deployment: String
        let reason: String
    }

    let connection: any Connection
    let sealing: any SecretSealing
    let kinds: ProviderKinds

    private static let head = """
        SELECT d.id, d.project_id, d.name, d.environment, r.revision, r.options
        FROM deployments d JOIN deployment_revisions r ON r.deployment_id = d.id AND r.project_id = d.project_id
        """
    private static let live = "\(head) AND r.revision = d.revision WHERE d.deleted_at IS NULL ORDER BY d.id"
    private static let one = """
        \(head) WHERE d.deleted_at IS NULL AND d.project_id = $1 AND d.environment = $2 AND d.name = $3
            AND r.revision = $4
        """
    private static let variants = """
        SELECT v.name, v.weight, v.parameters, m.name, v.model_version, mv.document,
               p.id, p.name, p.kind, p.base_url, p.credential, p.region, p.allow_private, p.headers, p.deleted_at,
               pr.id, pr.name, v.prompt_version, pv.document, p.settings, p.breaker,
               p.limits
        FROM revision_variants v
        JOIN models m ON m.id = v.model_id
        JOIN model_versions mv ON mv.model_id = v.model_id AND mv.version = v.model_version
        JOIN providers p ON p.id = mv.provider_id
        LEFT JOIN prompts pr ON pr.id = v.prompt_id
        LEFT JOIN prompt_versions pv ON pv.prompt_id = v.prompt_id AND pv.version = v.prompt_version
        WHERE v.project_id = $1 AND v.deployment_id = $2 AND v.revision = $3 ORDER BY v.position
        """

    private struct Head {
        let id: String
        let project: String
        let name: String
        let environment: String
        let revision: Int
        let options: DeploymentOptions
        /// Whether every rule that was stored was read: one that went missing would let through what it forbids.
        let isWhole: Bool
    }

    /// One provider and one prompt version serve many variants; each is opened or compiled once.
    private final class Parts {
        var providers: [String: LiveProvider] = [:]
        var prompts: [String: CompiledPrompt] = [:]
    }

    /// The revision that serves, of every deployment of every project.
    func live() throws -> [LiveDeployment] {
        let parts = Parts()
        return try connection.query(Self.live, Self.decode).map { try build($0, parts) }
    }

    /// - Returns: nil when there is none.
    func revision(_ number: Int, of key: RoutingTable.Key) throws -> LiveDeployment? {
        let parameters: [SQLValue] = [
            .text(key.project), .text(key.environment), .text(key.name), SQLValue(number),
        ]
        return try connection.first(Self.one, parameters, Self.decode).map { try build($0, Parts()) }
    }

    private static func decode(_ row: Row) throws -> Head {
        let document = try row.json(5)
        let options = DeploymentOptions(document)
        return Head(
            id: try row.text(0), project: try row.text(1), name: try row.text(2), environment: try row.text(3),
            revision: try row.int(4), options: options,
            isWhole: options.rules.count == (document["rules"]?.arrayValue ?? []).count
                && options.regions.count == (document["regions"]?.arrayValue ?? []).count)
    }

    private func build(_ head: Head, _ parts: Parts) throws -> LiveDeployment {
        do {
            let variants = try connection.query(
                Self.variants, [.text(head.project), .text(head.id), SQLValue(head.revision)]
            ) { row in try variant(row, project: head.project, parts) }
            guard head.isWhole else { throw Unbuildable(deployment: head.name, reason: "a rule cannot be read") }
            guard variants.contains(where: { $0.weight.hundredths > 0 }) else {
                throw Unbuildable(deployment: head.name, reason: "no variant has a weight")
            }
            return LiveDeployment(
                id: head.id, project: head.project, name: head.name, environment: head.environment,
                revision: head.revision, options: head.options, variants: variants)
        } catch let unbuildable as Unbuildable {
            throw Unbuildable(deployment: head.name, reason: unbuildable.reason)
        }
    }

    private func variant(_ row: Row, project: String, _ parts: Parts) throws -> LiveVariant {
        let model = try row.json(5)
        guard let providerModel = model["provider_model"]?.stringValue else {
            throw Unbuildable(deployment: "", reason: "a model version without provider_model")
        }
        var parameters = model["parameters"]?.objectValue ?? [:]
        let prompt = try compiledPrompt(row, parts)
        for (key, value) in prompt?.parameters ?? [:] { parameters[key] = value }
        if let format = prompt?.responseFormat { parameters["response_format"] = format }
        for (key, value) in try row.jsonOrNull(2)?.objectValue ?? [:] { parameters[key] = value }
        return LiveVariant(
            name: try row.text(0), weight: Weight(hundredths: try row.int(1)),
            provider: try provider(row, project: project, parts), providerModel: providerModel,
            model: "\(try row.text(3))@\(try row.int(4))",
            prompt: try row.textOrNull(16).map { "\($0)@\(try row.int(17))" }, compiledPrompt: prompt,
            parameters: parameters, price: Self.price(model["price"]))
    }

    private func compiledPrompt(_ row: Row, _ parts: Parts) throws -> CompiledPrompt? {
        guard let id = try row.textOrNull(15) else { return nil }
        let key = "\(id)@\(try row.int(17))"
        if let known = parts.prompts[key] { return known }
        let compiled = try CompiledPrompt(document: try row.json(18))
        parts.prompts[key] = compiled
        return compiled
    }

    private func provider(_ row: Row, project: String, _ parts: Parts) throws -> LiveProvider {
        let id = try row.text(6)
        if let known = parts.providers[id] { return known }
        let name = try row.text(7)
        guard try row.isNull(14) else {
            throw Unbuildable(deployment: "", reason: "the provider \(name) was deleted")
        }
        let kind = try row.text(8)
        guard kinds[kind] != nil else {
            throw Unbuildable(deployment: "", reason: "the provider \(name) is of the unknown kind \(kind)")
        }
        let provider = LiveProvider(
            id: id, name: name, kind: kind, baseURL: try row.text(9),
            credential: try credential(try row.blobOrNull(10), of: name, id: id, project: project),
            region: try row.textOrNull(11), allowPrivate: try row.bool(12),
            headers: (try row.json(13).objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") },
            settings: Dictionary(
                (try row.json(19).objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") },
                uniquingKeysWith: { _, last in last }),
            breaker: BreakerMode(rawValue: try row.text(20)) ?? .automatic,
            limits: RateLimits(try row.jsonOrNull(21)))
        parts.providers[id] = provider
        return provider
    }

    private func credential(_ sealed: [UInt8]?, of name: String, id: String, project: String) throws -> Secret? {
        guard let sealed else { return nil }
        do {
            return try sealing.open(sealed, context: ProviderRecord.sealingContext(project: project, id: id))
        } catch {
            throw Unbuildable(deployment: "", reason: "the credential of the provider \(name) does not open")
        }
    }

    private static func price(_ document: JSONValue?) -> Price? {
        func number(_ name: String) -> Int64? { document?[name]?.intValue.map(Int64.init) }
        guard let input = number("input_micro_usd_per_mtok"), let output = number("output_micro_usd_per_mtok") else {
            return nil
        }
        return Price(
            TokenRates(
                input: input, cachedInput: number("cached_input_micro_usd_per_mtok"),
                cacheWrite: number("cache_write_micro_usd_per_mtok"), output: output,
                reasoning: number("reasoning_micro_usd_per_mtok")),
            outputTokensMax: number("output_tokens_max"))
    }
}

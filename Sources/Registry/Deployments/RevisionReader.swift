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
    private static let upstreams = """
        SELECT \(ProviderOpening.columns), u.position, u.provider_model, u.weight, u.price
        FROM revision_upstreams u JOIN providers p ON p.id = u.provider_id
        WHERE u.project_id = $1 AND u.deployment_id = $2 AND u.revision = $3 ORDER BY u.position, u.place
        """
    /// Where those begin that are not the provider's.
    private static let ownColumns = ProviderOpening.columnCount
    private static let one = """
        \(head) WHERE d.deleted_at IS NULL AND d.project_id = $1 AND d.environment = $2 AND d.name = $3
            AND r.revision = $4
        """
    private static let variants = """
        SELECT \(ProviderOpening.columns),
               v.name, v.weight, v.parameters, m.name, v.model_version, mv.document, pr.id, pr.name, v.prompt_version,
               pv.document, v.balance, v.position
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
        let providers: ProviderOpening
        var prompts: [String: CompiledPrompt] = [:]

        init(_ providers: ProviderOpening) { self.providers = providers }
    }

    private var parts: Parts { Parts(ProviderOpening(sealing: sealing, kinds: kinds)) }

    /// A place where a variant runs.
    private struct Place {
        let provider: LiveProvider
        let providerModel: String?
        let weight: Weight?
        let price: JSONValue?
    }

    /// The revision that serves, of every deployment of every project.
    func live() throws -> [LiveDeployment] {
        let parts = parts
        return try connection.query(Self.live, Self.decode).map { try build($0, parts) }
    }

    /// - Returns: nil when there is none.
    func revision(_ number: Int, of key: RoutingTable.Key) throws -> LiveDeployment? {
        let parameters: [SQLValue] = [
            .text(key.project), .text(key.environment), .text(key.name), SQLValue(number),
        ]
        return try connection.first(Self.one, parameters, Self.decode).map { try build($0, parts) }
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
            let key: [SQLValue] = [.text(head.project), .text(head.id), SQLValue(head.revision)]
            let places = try places(key, project: head.project, parts)
            let variants = try connection.query(Self.variants, key) { row in
                try variant(row, places[try row.int(Self.ownColumns + 11)] ?? [], project: head.project, parts)
            }
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

    /// By the positions of the variants.
    private func places(_ key: [SQLValue], project: String, _ parts: Parts) throws -> [Int: [Place]] {
        var found = [Int: [Place]]()
        let rows = try connection.query(Self.upstreams, key) { row -> (position: Int, place: Place) in
            let first = Self.ownColumns
            let place = Place(
                provider: try parts.providers.provider(row, project: project),
                providerModel: try row.textOrNull(first + 1),
                weight: try row.intOrNull(first + 2).map { Weight(hundredths: $0) },
                price: try row.jsonOrNull(first + 3))
            return (try row.int(first), place)
        }
        for row in rows { found[row.position, default: []].append(row.place) }
        return found
    }

    private func variant(_ row: Row, _ places: [Place], project: String, _ parts: Parts) throws -> LiveVariant {
        let first = Self.ownColumns
        let model = try row.json(first + 5)
        guard let providerModel = model["provider_model"]?.stringValue else {
            throw Unbuildable(deployment: "", reason: "a model version without provider_model")
        }
        var parameters = model["parameters"]?.objectValue ?? [:]
        let prompt = try compiledPrompt(row, parts)
        for (key, value) in prompt?.parameters ?? [:] { parameters[key] = value }
        if let format = prompt?.responseFormat { parameters["response_format"] = format }
        for (key, value) in try row.jsonOrNull(first + 2)?.objectValue ?? [:] { parameters[key] = value }
        let name = try row.text(first)
        let weight = Weight(hundredths: try row.int(first + 1))
        let reference = "\(try row.text(first + 3))@\(try row.int(first + 4))"
        let promptReference = try row.textOrNull(first + 7).map { "\($0)@\(try row.int(first + 8))" }
        let own = try parts.providers.provider(row, project: project)
        func live(
            _ provider: LiveProvider, _ providerModel: String, _ price: Price?, _ balancing: LiveBalancing?
        ) -> LiveVariant {
            LiveVariant(
                name: name, weight: weight, provider: provider, providerModel: providerModel, model: reference,
                prompt: promptReference, compiledPrompt: prompt, parameters: parameters, price: price,
                balancing: balancing)
        }
        guard !places.isEmpty else { return live(own, providerModel, Self.price(model["price"]), nil) }
        let upstreams = places.map { place in
            // What the model version says of its price it says of where it runs itself.
            let isOwn = place.provider.id == own.id && place.providerModel == nil
            return live(
                place.provider, place.providerModel ?? providerModel,
                Self.price(place.price ?? (isOwn ? model["price"] : nil)), nil)
        }
        let policy = try row.textOrNull(first + 10).flatMap { BalancePolicy(rawValue: $0) } ?? .leastOutstanding
        let balancing = LiveBalancing(
            policy, upstreams,
            shares: policy == .weighted ? places.map { $0.weight ?? Weight(hundredths: 0) } : [])
        return live(upstreams[0].provider, upstreams[0].providerModel, upstreams[0].price, balancing)
    }

    private func compiledPrompt(_ row: Row, _ parts: Parts) throws -> CompiledPrompt? {
        let first = Self.ownColumns
        guard let id = try row.textOrNull(first + 6) else { return nil }
        let key = "\(id)@\(try row.int(first + 8))"
        if let known = parts.prompts[key] { return known }
        let compiled = try CompiledPrompt(document: try row.json(first + 9))
        parts.prompts[key] = compiled
        return compiled
    }

    private static func price(_ document: JSONValue?) -> Price? {
        func number(_ name: String) -> Int64? { document?[name]?.intValue.map(Int64.init) }
        guard let input = number("input_micro_usd_per_mtok"), let output = number("output_micro_usd_per_mtok") else {
            return nil
        }
        return Price(
            TokenRates(
                input: input, cachedInput: number("cached_input_micro_usd_per_mtok"),
                cacheWrite: number("cache_write_micro_usd_per_mtok"),
                cacheWriteLong: number("cache_write_1h_micro_usd_per_mtok"), output: output,
                reasoning: number("reasoning_micro_usd_per_mtok")),
            outputTokensMax: number("output_tokens_max"))
    }
}

package import JSON

/// A variant with everything resolved that serving it takes.
package final class LiveVariant: Sendable {
    package let name: String
    package let weight: Weight
    package let provider: LiveProvider
    /// The provider's own id of the model, which replaces the deployment's name in the request.
    package let providerModel: String
    /// Pinned: `support-model@7`.
    package let model: String
    /// Pinned: `support-prompt@12`.
    package let prompt: String?
    package let compiledPrompt: CompiledPrompt?
    /// What wins over the caller's own fields: the model version's, then the prompt version's, then the variant's.
    package let parameters: [(key: String, value: [UInt8])]
    package let price: Price?
    /// `providerModel` as a JSON string.
    package let providerModelJSON: [UInt8]
    /// Where else it runs; nil when it runs at one place. `provider` and what belongs to it are of the first.
    package let balancing: LiveBalancing?

    package init(
        name: String, weight: Weight, provider: LiveProvider, providerModel: String, model: String,
        prompt: String? = nil, compiledPrompt: CompiledPrompt? = nil, parameters: JSONObject = [:], price: Price? = nil,
        balancing: LiveBalancing? = nil
    ) {
        self.name = name
        self.weight = weight
        self.provider = provider
        self.providerModel = providerModel
        self.model = model
        self.prompt = prompt
        self.compiledPrompt = compiledPrompt
        self.parameters = parameters.map { ($0.key, $0.value.encoded()) }
        self.price = price
        self.balancing = balancing
        providerModelJSON = JSONValue.string(providerModel).encoded()
    }

    /// Itself, once for each place where it runs.
    package var places: [LiveVariant] { balancing?.upstreams ?? [self] }

    /// Whether requests of which these rules hold may go to one of its places at least.
    package func isAllowed(by rules: [RegionRule]) -> Bool {
        guard let balancing else { return rules.allSatisfy { $0.allows(provider) } }
        return balancing.upstreams.contains { $0.isAllowed(by: rules) }
    }
}

package import JSON

/// One of several places where a variant's model version runs, as it was written.
package struct UpstreamContent: Sendable, Hashable {
    /// Its name; of no other upstream of the variant.
    package let provider: String
    /// The provider's own id of the model; nil for the one that the model version says.
    package let providerModel: String?
    /// Under the policy `weighted`; nil under all others.
    package let weight: Weight?
    /// As a model version says it; nil for the price table's.
    package let price: JSONObject?

    package init(provider: String, providerModel: String? = nil, weight: Weight? = nil, price: JSONObject? = nil) {
        self.provider = provider
        self.providerModel = providerModel
        self.weight = weight
        self.price = price
    }

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    init?(_ document: JSONValue) {
        guard let provider = document["provider"]?.stringValue else { return nil }
        self.init(
            provider: provider, providerModel: document["provider_model"]?.stringValue,
            weight: document["weight"]?.doubleValue.flatMap { Weight(percent: $0) },
            price: document["price"]?.objectValue)
    }

    package var json: JSONValue {
        var object: JSONObject = ["provider": .string(provider)]
        if let providerModel { object["provider_model"] = .string(providerModel) }
        if let weight { object["weight"] = weight.json }
        if let price { object["price"] = .object(price) }
        return .object(object)
    }
}

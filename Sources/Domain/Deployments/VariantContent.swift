package import JSON

/// A variant as it was written.
package struct VariantContent: Sendable, Hashable {
    package let name: String
    /// `support-model@7` or `support-model@champion`.
    package let model: String
    package let prompt: String?
    package let parameters: JSONObject?
    package let weight: Weight
    /// Where it runs, when that is not for the model version to say; empty when it is.
    package let upstreams: [UpstreamContent]
    /// nil where it names no upstreams.
    package let balance: BalancePolicy?

    package init(
        name: String, model: String, prompt: String?, parameters: JSONObject?, weight: Weight,
        upstreams: [UpstreamContent] = [], balance: BalancePolicy? = nil
    ) {
        self.name = name
        self.model = model
        self.prompt = prompt
        self.parameters = parameters
        self.weight = weight
        self.upstreams = upstreams
        self.balance = balance
    }

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    package init?(_ document: JSONValue) {
        guard let name = document["name"]?.stringValue, let model = document["model"]?.stringValue,
            let weight = document["weight"]?.doubleValue.flatMap({ Weight(percent: $0) })
        else { return nil }
        let written = document["upstreams"]?.arrayValue ?? []
        let upstreams = written.compactMap { UpstreamContent($0) }
        guard upstreams.count == written.count else { return nil }
        let balance = document["balance"]?.stringValue.flatMap { BalancePolicy(rawValue: $0) } ?? .leastOutstanding
        self.init(
            name: name, model: model, prompt: document["prompt"]?.stringValue,
            parameters: document["parameters"]?.objectValue, weight: weight, upstreams: upstreams,
            balance: upstreams.isEmpty ? nil : balance)
    }

    package var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "model": .string(model)]
        if let prompt { object["prompt"] = .string(prompt) }
        if let parameters { object["parameters"] = .object(parameters) }
        object["weight"] = weight.json
        if !upstreams.isEmpty { object["upstreams"] = .array(upstreams.map(\.json)) }
        if let balance { object["balance"] = .string(balance.rawValue) }
        return .object(object)
    }
}

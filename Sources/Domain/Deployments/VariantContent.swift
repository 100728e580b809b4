package import JSON

/// A variant as it was written.
package struct VariantContent: Sendable, Hashable {
    package let name: String
    /// `support-model@7` or `support-model@champion`.
    package let model: String
    package let prompt: String?
    package let parameters: JSONObject?
    package let weight: Weight

    package init(name: String, model: String, prompt: String?, parameters: JSONObject?, weight: Weight) {
        self.name = name
        self.model = model
        self.prompt = prompt
        self.parameters = parameters
        self.weight = weight
    }

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    package init?(_ document: JSONValue) {
        guard let name = document["name"]?.stringValue, let model = document["model"]?.stringValue,
            let weight = document["weight"]?.doubleValue.flatMap({ Weight(percent: $0) })
        else { return nil }
        self.init(
            name: name, model: model, prompt: document["prompt"]?.stringValue,
            parameters: document["parameters"]?.objectValue, weight: weight)
    }

    package var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "model": .string(model)]
        if let prompt { object["prompt"] = .string(prompt) }
        if let parameters { object["parameters"] = .object(parameters) }
        object["weight"] = weight.json
        return .object(object)
    }
}
